import { createHash } from 'node:crypto'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { concat, utf8 } from '../../../consensus/bytes.ts'
import { checksumLength, seal, unseal } from '../../../src/store/checksum.ts'
import { suite } from '../../harness.ts'

const test = suite('store/checksum')

test('a sealed value is value ‖ first 8 bytes of SHA-256(key ‖ value)', () => {
  const checksum = createHash('sha256').update('keyvalue').digest().subarray(0, checksumLength)
  assert.equal(seal(utf8('key'), utf8('value')), concat(utf8('value'), checksum))
})

test('what was sealed comes back, as plain bytes, also when long or empty', () => {
  for (const length of [0, 1, 2048, 65_535, 65_536, 200_000]) {
    const value = new Uint8Array(length).fill(length)
    // LevelDB hands out Buffers.
    const opened = unseal(utf8('key'), Buffer.from(seal(utf8('key'), value)))
    assert.equal(opened, value)
    assert.is(opened?.constructor, Uint8Array)
  }
})

test('any changed byte of value, checksum or key, and any other length, is noticed', () => {
  const bytes = fc.uint8Array({ maxLength: 50 })
  fc.assert(
    fc.property(bytes, bytes, fc.integer({ min: 1, max: 255 }), (key, value, change) => {
      const sealed = seal(key, value)
      for (let i = 0; i < sealed.length; i++) assert.is(unseal(key, changed(sealed, i, change)), undefined)
      for (let i = 0; i < key.length; i++) assert.is(unseal(changed(key, i, change), sealed), undefined)
      for (let length = 0; length < sealed.length; length++)
        assert.is(unseal(key, sealed.subarray(0, length)), undefined)
      assert.is(unseal(key, concat(sealed, Uint8Array.of(0))), undefined)
    }),
    { numRuns: 50 },
  )
})

function changed(bytes: Uint8Array, index: number, change: number): Uint8Array {
  const copy = bytes.slice()
  copy[index]! ^= change
  return copy
}
