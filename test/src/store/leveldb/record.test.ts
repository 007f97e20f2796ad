import * as assert from 'uvu/assert'
import { concat } from '../../../../consensus/bytes.ts'
import { maskedCrc32c } from '../../../../src/store/leveldb/crc32c.ts'
import { readRecords } from '../../../../src/store/leveldb/record.ts'
import { suite } from '../../../harness.ts'

const test = suite('store/leveldb/record')
const sectorLength = 512

/** A record in one piece, as LevelDB writes it. */
function record(payload: Uint8Array): Uint8Array {
  const bytes = concat(new Uint8Array(7), payload)
  const view = new DataView(bytes.buffer)
  view.setUint16(4, payload.length, true)
  bytes[6] = 1
  view.setUint32(0, maskedCrc32c(bytes, 6, bytes.length), true)
  return bytes
}

const filled = (length: number) => new Uint8Array(length).fill(7)
const read = (...parts: Uint8Array[]) =>
  [...readRecords(concat(...parts))].map(({ bytes, isSound }) => [bytes, isSound])

test('a record that ends in zeros behind the last sector with anything else is whole', () => {
  for (const beyond of [1, 5, sectorLength + 3]) {
    const first = filled(100)
    const last = concat(filled(sectorLength - 7 - 107), new Uint8Array(beyond))
    assert.equal(read(record(first), record(last)), [
      [first, true],
      [last, true],
    ])
  }
})

test('what a power failure left as zeros is no record, whether it begins or only ends there', () => {
  const first = filled(100)
  const zeros = new Uint8Array(3 * sectorLength)
  assert.equal(read(record(first), zeros), [[first, true]])
  const cut = record(filled(2 * sectorLength)).subarray(0, sectorLength - 107)
  assert.equal(read(record(first), cut, zeros), [[first, true]])
})

test('a changed byte before the torn end is damage', () => {
  const damaged = record(filled(100))
  damaged[50]! ^= 1
  const [, last] = [damaged, filled(10)]
  assert.equal(
    read(damaged, record(last!)).map(([, isSound]) => isSound),
    [false, true],
  )
})
