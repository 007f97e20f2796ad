import * as assert from 'uvu/assert'
import { nodeAddress, nodeHref } from '../../../src/explorer/node-address.ts'
import { hrefOf, type Place, placeOf } from '../../../src/explorer/place.ts'
import { suite } from '../../harness.ts'

const test = suite('explorer/place')

const account = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'
const cid = 'bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'

const places: readonly Place[] = [
  { page: 'overview' },
  { page: 'accounts' },
  { page: 'account', account },
  { page: 'verify', account },
  { page: 'assets' },
  { page: 'assets', kind: 'datanet' },
  { page: 'validators' },
  { page: 'epoch', epoch: 12 },
  { page: 'record', ref: `${cid}/3` },
  { page: 'batch', cid },
  { page: 'search', text: 'a/b "c" 100%?' },
]

test('every place has an address that leads back to it', () => {
  for (const place of places) assert.equal(placeOf(hrefOf(place)), place, place.page)
  assert.equal(placeOf(''), { page: 'overview' })
})

test('what names no page is told, whatever it is', () => {
  for (const hash of ['#/nowhere', '#/epochs/x', '#/accounts/<script>', '#/records/a', '#/assets/cats', '#/%E0%A4%A']) {
    assert.is(placeOf(hash).page, 'lost', hash)
  }
})

test('a page that was served asks who served it, whatever its address says', () => {
  const where = { protocol: 'http:', origin: 'http://127.0.0.1:8650', search: '?node=http://elsewhere' }
  assert.equal(nodeAddress(where), { url: 'http://127.0.0.1:8650', isFromDisk: false })
})

test('a page from disk asks the node that its address names', () => {
  const from = (search: string) => nodeAddress({ protocol: 'file:', origin: 'null', search }).url
  assert.is(from(nodeHref('https://node.example.org/ledger/').replace('#/', '')), 'https://node.example.org/ledger')
  for (const odd of ['', '?node=', '?node=javascript:alert(1)', '?node=file:///etc']) {
    assert.is(from(odd), 'http://127.0.0.1:8650', odd)
  }
})
