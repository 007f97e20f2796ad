import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { accountText } from '../../../consensus/account.ts'
import { compareBytes, toKey } from '../../../consensus/bytes.ts'
import {
  afterPrefix,
  authorKey,
  authorKeyParts,
  batchKey,
  blockKey,
  bodyKey,
  checkpointKey,
  chunkKey,
  describeKey,
  epochKey,
  keyEpoch,
  metaKey,
  outcomeKey,
  pageKey,
  type SectionName,
  sectionOf,
  sectionPrefix,
  sections,
  stateKey,
} from '../../../src/store/keys.ts'
import { suite } from '../../harness.ts'
import { author, cidOf } from './sample.ts'

const test = suite('store/keys')

const cid = cidOf('a batch')
const epochMax = 2 ** 48 - 1
const one: Record<SectionName, { key: Uint8Array; text: string }> = {
  meta: { key: metaKey('head'), text: 'meta head' },
  batch: { key: batchKey(cid), text: `batch ${cid}` },
  body: { key: bodyKey(7, cid), text: `body epoch 7 ${cid}` },
  author: {
    key: authorKey(author, 2 ** 40 + 3, cid),
    text: `author ${accountText(author)} seq 1099511627779 ${cid}`,
  },
  outcome: { key: outcomeKey(cid), text: `outcome ${cid}` },
  epoch: { key: epochKey(epochMax), text: `finalized epoch ${epochMax}` },
  checkpoint: { key: checkpointKey(cid), text: `checkpoint ${cid}` },
  block: { key: blockKey(cid), text: `block ${cid}` },
  state: { key: stateKey('a\xff'), text: 'state 61ff' },
  page: { key: pageKey('\x00'), text: 'page 00' },
  payouts: { key: chunkKey('payouts', 9, 4_000_000_000), text: 'payouts epoch 9 chunk 4000000000' },
  flows: { key: chunkKey('flows', 9, 1), text: 'flows epoch 9 chunk 1' },
  snapshot: { key: chunkKey('snapshot', 8640, 0), text: 'snapshot epoch 8640 chunk 0' },
}

for (const [section, { key, text }] of Object.entries(one)) {
  test(`a key of ${section} tells its section and reads like ${text}`, () => {
    assert.is(sectionOf(key), section)
    assert.is(describeKey(key), text)
  })
}

test('each section has a prefix of its own', () => {
  const prefixes = Object.values(sections).map(({ prefix }) => prefix)
  assert.is(new Set(prefixes).size, prefixes.length)
  assert.ok(prefixes.every(prefix => prefix.length === 1))
})

test('bytes that are no key of ours are shown as such', () => {
  assert.is(describeKey(new Uint8Array()), 'unknown key ')
  assert.is(describeKey(Uint8Array.of(0, 1)), 'unknown key 0001')
  for (const section of ['batch', 'body', 'author', 'epoch', 'flows'] as const) {
    const { key } = one[section]
    assert.is(sectionOf(key.subarray(0, -1)), undefined)
    assert.is(sectionOf(Uint8Array.of(...key, 0)), undefined)
  }
})

test('numbers in keys sort as numbers, up to 48 bits, and read back', () => {
  const epoch = fc.integer({ min: 0, max: epochMax })
  fc.assert(
    fc.property(epoch, epoch, (a, b) => {
      assert.is(Math.sign(compareBytes(epochKey(a), epochKey(b))), Math.sign(a - b))
      assert.is(keyEpoch(epochKey(a)), a)
      assert.is(keyEpoch(chunkKey('flows', a, 1)), a)
      const parts = authorKeyParts(authorKey(author, a, cid))
      assert.equal([parts.author, parts.seq, parts.digest], [author, a, cid.digest])
    }),
  )
})

test('afterPrefix is above all keys with the prefix, and not above any other', () => {
  const bytes = fc.uint8Array({ maxLength: 4 })
  fc.assert(
    fc.property(bytes, bytes, (tail, other) => {
      const prefix = stateKey(toKey(tail))
      const before = prefix.slice()
      const after = afterPrefix(prefix)
      assert.equal(prefix, before)
      assert.ok(compareBytes(stateKey(`${toKey(tail)}\xff\xff\xff`), after) < 0)
      const key = stateKey(toKey(other))
      const inRange = compareBytes(prefix, key) <= 0 && compareBytes(key, after) < 0
      assert.is(inRange, toKey(other).startsWith(toKey(tail)))
    }),
  )
  assert.equal(afterPrefix(Uint8Array.of(1, 255, 255)), Uint8Array.of(2))
  assert.equal(afterPrefix(sectionPrefix('state')), Uint8Array.of(0x74))
})
