import * as assert from 'uvu/assert'
import { fromKey, toKey } from '../../consensus/bytes.ts'
import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import type { Value } from '../../consensus/cbor/value.ts'
import { Cid, codecRaw } from '../../consensus/cid.ts'
import { nobleCrypto } from '../../consensus/crypto.ts'
import { type Cut, cutValue, parseCut } from '../../consensus/cut.ts'
import { MalformedError } from '../../consensus/errors.ts'
import { suite } from '../harness.ts'

const test = suite('cut')

const author = (byte: number) => toKey(new Uint8Array(32).fill(byte))
const batch = Cid.fromDigest(new Uint8Array(32).fill(1))
const cut: Cut = [
  { author: author(1), seq: 1, batch },
  { author: author(200), seq: Number.MAX_SAFE_INTEGER, batch },
]

test('a cut survives its encoding', () => {
  assert.equal(parseCut(decode(encode(cutValue(cut)))), cut)
  assert.equal(parseCut([]), [])
})

test('authors ascend, once each; every field is checked', () => {
  const one = fromKey(author(1))
  const bad: Value[] = [
    cutValue([...cut].reverse()),
    cutValue([cut[0]!, cut[0]!]),
    [[one, 0, batch]],
    [[one, 1.5, batch]],
    [[one, 1]],
    [[one, 1, batch, 1]],
    [[one.subarray(1), 1, batch]],
    [[one, 1, Cid.of(nobleCrypto, one, codecRaw)]],
    [[one, 1, one]],
    null,
    {},
  ]
  for (const value of bad)
    assert.throws(
      () => parseCut(value),
      (error: Error) => error instanceof MalformedError,
    )
})
