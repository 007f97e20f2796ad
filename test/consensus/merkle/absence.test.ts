import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { toKey } from '../../../consensus/bytes.ts'
import { InvariantError } from '../../../consensus/errors.ts'
import {
  findLeaf,
  listAbsence,
  listAbsenceValue,
  parseListAbsence,
  parseSumAbsence,
  sumAbsence,
  sumAbsenceValue,
  verifyListAbsence,
  verifySumAbsence,
} from '../../../consensus/merkle/absence.ts'
import { listProof, listRoot } from '../../../consensus/merkle/list-tree.ts'
import { type SumLeaf, sumRoot } from '../../../consensus/merkle/sum-tree.ts'
import { nativeCrypto } from '../../../src/crypto/native.ts'
import { suite } from '../../harness.ts'
import { assertTamperProof, failedCheck } from './tampering.ts'

const test = suite('merkle/absence')
const crypto = nativeCrypto
const name = 'flow'
const payouts = { name: 'payout', width: 'u64' } as const

/** Leaves are a key of one byte and something else. */
const keyOf = (leaf: Uint8Array) => toKey(leaf.subarray(0, 1))
const keyed = (keys: readonly number[]) => keys.map(key => Uint8Array.of(key, 7, 7))
const keyByte = (key: number) => toKey(Uint8Array.of(key))
const sortedKeys = fc.uniqueArray(fc.nat(40), { maxLength: 20 }).map(keys => keys.sort((a, b) => a - b))

test('every absent key is proved absent, every present one refused, in lists and sum trees', () => {
  fc.assert(
    fc.property(sortedKeys, keys => {
      const leaves = keyed(keys)
      const summands = leaves.map((leaf, i): SumLeaf<'u64'> => [leaf, i])
      const listed = listRoot(crypto, name, leaves)
      const summed = sumRoot(crypto, payouts, summands).hash
      for (let key = 0; key <= 41; key++) {
        const wanted = keyByte(key)
        if (keys.includes(key)) {
          const isInvariant = (error: unknown) => error instanceof InvariantError
          assert.throws(() => listAbsence(crypto, name, leaves, keyOf, wanted), isInvariant)
          assert.throws(() => sumAbsence(crypto, payouts, summands, keyOf, wanted), isInvariant)
        } else {
          const absence = listAbsence(crypto, name, leaves, keyOf, wanted)
          verifyListAbsence(crypto, name, listed, keyOf, wanted, absence)
          verifySumAbsence(crypto, payouts, summed, keyOf, wanted, sumAbsence(crypto, payouts, summands, keyOf, wanted))
        }
      }
    }),
    { numRuns: 30 },
  )
})

test('a proof of one key never proves the absence of a present one', () => {
  const keys = [3, 10, 11, 30]
  const leaves = keyed(keys)
  const root = listRoot(crypto, name, leaves)
  for (let absent = 0; absent <= 40; absent++) {
    if (keys.includes(absent)) continue
    const absence = listAbsence(crypto, name, leaves, keyOf, keyByte(absent))
    for (const present of keys) {
      assert.is(
        failedCheck(() => verifyListAbsence(crypto, name, root, keyOf, keyByte(present), absence)),
        'order',
      )
    }
  }
})

test('neighbours stand side by side, and an end is the end', () => {
  const leaves = keyed([10, 20, 30])
  const root = listRoot(crypto, name, leaves)
  const at = (index: number) => ({ leaf: leaves[index]!, proof: listProof(crypto, name, leaves, index) })
  const check = (before: number | null, after: number | null) =>
    failedCheck(() =>
      verifyListAbsence(crypto, name, root, keyOf, keyByte(20), {
        before: before === null ? null : at(before),
        after: after === null ? null : at(after),
      }),
    )
  assert.is(check(0, 2), 'neighbours')
  assert.is(check(0, null), 'neighbours')
  assert.is(check(null, 2), 'neighbours')
  assert.is(check(2, 0), 'neighbours')
  assert.is(check(0, 1), 'order')
  assert.is(check(1, 2), 'order')
  assert.is(check(null, null), 'root')
})

test('neighbours of two different trees are refused', () => {
  const leaves = keyed([10, 20, 30])
  const others = keyed([10, 19, 30])
  const before = { leaf: leaves[0]!, proof: listProof(crypto, name, leaves, 0) }
  const after = { leaf: others[1]!, proof: listProof(crypto, name, others, 1) }
  assert.is(
    failedCheck(() =>
      verifyListAbsence(crypto, name, listRoot(crypto, name, leaves), keyOf, keyByte(15), { before, after }),
    ),
    'root',
  )
})

test('no changed or truncated proof is accepted', () => {
  const leaves = keyed([2, 10, 20, 30, 41])
  const summands = leaves.map((leaf, i): SumLeaf<'u64'> => [leaf, i * 1000])
  const listed = listRoot(crypto, name, leaves)
  const summed = sumRoot(crypto, payouts, summands).hash
  for (const key of [1, 15, 42]) {
    const wanted = keyByte(key)
    assertTamperProof(listAbsenceValue(listAbsence(crypto, name, leaves, keyOf, wanted)), value =>
      verifyListAbsence(crypto, name, listed, keyOf, wanted, parseListAbsence(value)),
    )
    assertTamperProof(sumAbsenceValue(sumAbsence(crypto, payouts, summands, keyOf, wanted)), value =>
      verifySumAbsence(crypto, payouts, summed, keyOf, wanted, parseSumAbsence(payouts, value)),
    )
  }
  assertTamperProof(listAbsenceValue(listAbsence(crypto, name, [], keyOf, keyByte(1))), value =>
    verifyListAbsence(crypto, name, listRoot(crypto, name, []), keyOf, keyByte(1), parseListAbsence(value)),
  )
})

test('findLeaf finds every key and every gap', () => {
  const leaves = keyed([1, 3, 5])
  const found = [0, 1, 2, 3, 4, 5, 6].map(key => findLeaf(i => leaves[i]!, leaves.length, keyOf, keyByte(key)))
  assert.equal(
    found.map(({ index, found }) => [index, found]),
    [
      [0, false],
      [0, true],
      [1, false],
      [1, true],
      [2, false],
      [2, true],
      [3, false],
    ],
  )
})
