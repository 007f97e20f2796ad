import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { compareBytes, compareKeys, concat, fromKey } from '../../consensus/bytes.ts'
import { Cid } from '../../consensus/cid.ts'
import { MalformedError } from '../../consensus/errors.ts'
import { batchRecordsMax, parseRef, refFromKey, refKey, refKeyText, refText, resolveRef } from '../../consensus/ref.ts'
import { suite } from '../harness.ts'

const test = suite('ref')

const cid = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(digest => Cid.fromDigest(digest))
const index = fc.integer({ min: 0, max: batchRecordsMax - 1 })

test('key, text and ref are three forms of one name', () => {
  fc.assert(
    fc.property(cid, index, (batch, place) => {
      const key = refKey(batch, place)
      assert.is(key.length, 34)
      const [found, at] = refFromKey(key)
      assert.ok(found.equals(batch))
      assert.is(at, place)
      assert.is(refKeyText(key), `${batch}/${place}`)
      const parsed = parseRef(refText([batch, place]))
      assert.is(resolveRef(parsed, Cid.fromDigest(new Uint8Array(32))), key)
    }),
    { numRuns: 3_000 },
  )
})

test('a ref within the batch is the batch that it stands in', () => {
  fc.assert(
    fc.property(cid, index, (batch, place) => {
      assert.equal(parseRef(`./${place}`), [null, place])
      assert.is(refText([null, place]), `./${place}`)
      assert.is(resolveRef([null, place], batch), refKey(batch, place))
    }),
    { numRuns: 500 },
  )
})

test('keys sort by digest, then by index as a number', () => {
  const name = fc.tuple(cid, index)
  fc.assert(
    fc.property(name, name, fc.boolean(), ([a, i], [b, j], same) => {
      const other = same ? a : b
      const byParts = compareBytes(a.digest, other.digest) || i - j
      assert.is(Math.sign(compareKeys(refKey(a, i), refKey(other, j))), Math.sign(byParts))
      const bytes = concat(a.digest, Uint8Array.of(i >> 8, i & 255))
      assert.is(compareBytes(fromKey(refKey(a, i)), bytes), 0)
    }),
    { numRuns: 3_000 },
  )
})

const batch = Cid.fromDigest(new Uint8Array(32)).toString()
for (const text of [
  '',
  '/',
  batch,
  `${batch}/`,
  `/${batch}`,
  '1/1',
  './',
  './01',
  './-1',
  './1.0',
  './1024',
  './99999',
  `${batch}/1 `,
  ` ${batch}/1`,
  `${batch}//1`,
  `${batch}/1/1`,
  '../1',
  `${batch.toUpperCase()}/1`,
]) {
  test(`refuses ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => parseRef(text, 'asset'),
      (error: unknown) => error instanceof MalformedError && error.field === 'asset',
    )
  })
}
