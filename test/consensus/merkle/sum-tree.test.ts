import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { divide, share, supplyMax } from '../../../consensus/amount.ts'
import { toHex } from '../../../consensus/bytes.ts'
import { nobleCrypto } from '../../../consensus/crypto.ts'
import { InvariantError, MalformedError } from '../../../consensus/errors.ts'
import {
  parseSumProof,
  type SumLeaf,
  SumTreeBuilder,
  sumProof,
  sumProofValue,
  sumRoot,
  verifySumProof,
} from '../../../consensus/merkle/sum-tree.ts'
import { nativeCrypto } from '../../../src/crypto/native.ts'
import { suite } from '../../harness.ts'
import { naiveRoot, naiveTree } from './naive-trees.ts'
import { assertTamperProof, failedCheck } from './tampering.ts'

const test = suite('merkle/sum-tree')
const crypto = nativeCrypto
const fees = { name: 'payout', width: 'u64' } as const
const weights = { name: 'part', width: 'u128' } as const
const u64Max = Number.MAX_SAFE_INTEGER
const u128Max = (1n << 128n) - 1n

const anyLeaf = fc.uint8Array({ maxLength: 200 })
const anyFee = fc.oneof(fc.nat(), fc.integer({ min: 0, max: 2 ** 48 }))
const anyWeight = fc.oneof(fc.bigInt(0n, 1n << 60n), fc.bigInt(0n, 1n << 122n))
const leavesOf = <T>(value: fc.Arbitrary<T>) => fc.array(fc.tuple(anyLeaf, value), { minLength: 0, maxLength: 20 })

const oracleLeaves = (leaves: readonly SumLeaf[]) => leaves.map(([bytes, value]) => ({ bytes, value: BigInt(value) }))

const sumOf = (leaves: readonly SumLeaf[]) => leaves.reduce((sum, [, value]) => sum + BigInt(value), 0n)

const isMalformed = (error: unknown) => error instanceof MalformedError
const isInvariant = (error: unknown) => error instanceof InvariantError

test('u64: root, count and sum are those of the definition, with either crypto', () => {
  fc.assert(
    fc.property(leavesOf(anyFee), leaves => {
      const root = sumRoot(crypto, fees, leaves)
      assert.is(toHex(root.hash), toHex(naiveRoot(naiveTree('payout', 8), oracleLeaves(leaves))))
      assert.is(root.count, leaves.length)
      assert.is(root.sum, Number(sumOf(leaves)))
      assert.equal(sumRoot(nobleCrypto, fees, leaves), root)
    }),
    { numRuns: 60 },
  )
})

test('u128: root, count and sum are those of the definition', () => {
  fc.assert(
    fc.property(leavesOf(anyWeight), leaves => {
      const root = sumRoot(crypto, weights, leaves)
      assert.is(toHex(root.hash), toHex(naiveRoot(naiveTree('part', 16), oracleLeaves(leaves))))
      assert.is(root.sum, sumOf(leaves))
    }),
    { numRuns: 60 },
  )
})

test('a builder goes on after its root was asked for, takes spans, and starts anew after a reset', () => {
  const leaves = Array.from({ length: 70 }, (_, i): SumLeaf<'u64'> => [new Uint8Array(i).fill(i), i * i])
  const joined = Buffer.concat(leaves.map(([leaf]) => leaf))
  const builder = new SumTreeBuilder(crypto, fees)
  for (let round = 0; round < 2; round++) {
    let at = 0
    for (const [i, [leaf, value]] of leaves.entries()) {
      builder.addSpan(joined, at, at + leaf.length, value)
      at += leaf.length
      assert.equal(builder.root(), sumRoot(crypto, fees, leaves.slice(0, i + 1)))
      assert.equal(builder.rootHash(), builder.root().hash)
    }
    builder.reset()
    assert.equal(builder.root(), sumRoot(crypto, fees, []))
  }
})

test('one path gives position, prefix and total', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyLeaf, anyWeight), { minLength: 1, maxLength: 12 }), leaves => {
      const { hash, sum } = sumRoot(crypto, weights, leaves)
      let prefix = 0n
      for (const [index, [leaf, value]] of leaves.entries()) {
        const proof = sumProof(crypto, weights, leaves, index)
        const proved = verifySumProof(crypto, weights, hash, leaf, proof)
        assert.equal(proved, { index, count: leaves.length, value, prefix, total: sum })
        prefix += value
      }
    }),
    { numRuns: 40 },
  )
})

test('E3: a part of divide is recomputed from one path', () => {
  const leaves = [400_000, 1, 300_000, 299_999].map((ppm, i): SumLeaf<'u64'> => [Uint8Array.of(i), ppm])
  const { hash } = sumRoot(crypto, fees, leaves)
  const parts = divide(
    supplyMax - 7,
    leaves.map(([, ppm]) => ppm),
  )
  const recomputed = leaves.map(([leaf], i) => {
    const { prefix, value, total } = verifySumProof(crypto, fees, hash, leaf, sumProof(crypto, fees, leaves, i))
    const upTo = (sum: number) => share(supplyMax - 7, BigInt(sum), BigInt(total))
    return upTo(prefix + value) - upTo(prefix)
  })
  assert.equal(recomputed, parts)
})

test('the leaf binds its value, and every node both sums', () => {
  const leaves = [5, 7, 9, 11].map((value, i): SumLeaf<'u64'> => [Uint8Array.of(i), value])
  const { hash } = sumRoot(crypto, fees, leaves)
  const proof = sumProof(crypto, fees, leaves, 2)
  const check = (changed: Partial<typeof proof>) =>
    failedCheck(() => verifySumProof(crypto, fees, hash, leaves[2]![0], { ...proof, ...changed }))
  assert.is(check({ value: 10 }), 'root')
  // The sums of both siblings, changed so that the total stays the same.
  const shifted = proof.siblings.slice()
  shifted[39]! += 1
  shifted[79]! -= 1
  assert.is(check({ siblings: shifted }), 'root')
})

test('a value or sum beyond the width is refused in building', () => {
  const leaf = Uint8Array.of(1)
  for (const value of [-1, 0.5, u64Max + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => sumRoot(crypto, fees, [[leaf, value]]), isMalformed)
  }
  for (const value of [-1n, u128Max + 1n]) assert.throws(() => sumRoot(crypto, weights, [[leaf, value]]), isMalformed)
  assert.is(sumRoot(crypto, fees, [[leaf, u64Max]]).sum, u64Max)
  assert.is(sumRoot(crypto, weights, [[leaf, u128Max]]).sum, u128Max)
  for (const count of [1, 2, 3]) {
    const zeros = Array.from({ length: count }, (): SumLeaf<'u64'> => [leaf, 0])
    const over = [[leaf, u64Max], ...zeros, [leaf, 1]] as SumLeaf<'u64'>[]
    assert.throws(() => sumRoot(crypto, fees, over), isInvariant)
    assert.throws(() => sumProof(crypto, fees, over, 0), isInvariant)
    assert.throws(
      () =>
        sumRoot(
          crypto,
          weights,
          over.map(([bytes, value]) => [bytes, value === u64Max ? u128Max : BigInt(value)]),
        ),
      isInvariant,
    )
  }
})

test('a sum beyond the width is refused in verifying, also one that wraps around', () => {
  const leaf = Uint8Array.of(1)
  const check = (sum: string) => {
    const siblings = new Uint8Array([...new Uint8Array(32), ...Buffer.from(sum, 'hex')])
    return failedCheck(() =>
      verifySumProof(crypto, fees, new Uint8Array(32), leaf, { index: 0, count: 2, value: 1, siblings }),
    )
  }
  assert.is(check('001ffffffffffffe'), 'root')
  assert.is(check('001fffffffffffff'), 'overflow')
  assert.is(check('8000000000000000'), 'overflow')
  assert.is(check('ffffffffffffffff'), 'overflow')
  const siblings = new Uint8Array(48).fill(255)
  assert.is(
    failedCheck(() =>
      verifySumProof(crypto, weights, new Uint8Array(32), leaf, { index: 1, count: 2, value: 1n, siblings }),
    ),
    'overflow',
  )
})

test('no changed or truncated proof is accepted', () => {
  const leaves = Array.from({ length: 21 }, (_, i): SumLeaf<'u64'> => [Uint8Array.of(i), i * 1_000_003])
  const wide = leaves.map(([leaf, value]): SumLeaf<'u128'> => [leaf, BigInt(value) << 70n])
  const narrowRoot = sumRoot(crypto, fees, leaves).hash
  const wideRoot = sumRoot(crypto, weights, wide).hash
  for (const index of [0, 13, 20]) {
    assertTamperProof(sumProofValue(sumProof(crypto, fees, leaves, index)), value =>
      verifySumProof(crypto, fees, narrowRoot, leaves[index]![0], parseSumProof(fees, value)),
    )
    assertTamperProof(sumProofValue(sumProof(crypto, weights, wide, index)), value =>
      verifySumProof(crypto, weights, wideRoot, wide[index]![0], parseSumProof(weights, value)),
    )
  }
})
