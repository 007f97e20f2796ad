import * as assert from 'uvu/assert'
import { amountText, counted, countText, percentText, shortId } from '../../../src/explorer/words.ts'
import { suite } from '../../harness.ts'

const test = suite('explorer/words')

test('amounts are exact, with thousands apart', () => {
  const texts = [0, 1, 1_000_000, 1_234_567, 10_090_500_000, 1_000_000_000_000_000].map(amountText)
  assert.equal(texts, ['0', '0.000001', '1', '1.234567', '10\u202f090.5', '1\u202f000\u202f000\u202f000'])
})

test('counts', () => {
  assert.equal([0, 999, 1_000, 1_234_567].map(countText), ['0', '999', '1\u202f000', '1\u202f234\u202f567'])
  assert.equal([counted(1, 'batch', 'batches'), counted(2, 'batch', 'batches')], ['1 batch', '2 batches'])
})

test('a part of nothing is no number', () => {
  assert.equal(
    [percentText(1, 3), percentText(3, 3), percentText(0, 3), percentText(0, 0)],
    ['33.3 %', '100 %', '0 %', '–'],
  )
})

test('ids keep both ends and the index', () => {
  assert.is(shortId('did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'), 'z6MkhaXg…ta2doK')
  assert.is(shortId('bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy/12'), 'bafyreig…4s52zy/12')
})
