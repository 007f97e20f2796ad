import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { ppmWhole } from '../../../consensus/amount.ts'
import { compareKeys } from '../../../consensus/bytes.ts'
import { Cid } from '../../../consensus/cid.ts'
import type { DataCell, RefinementCell, WeightedKey } from '../../../consensus/ledger/cells/asset.ts'
import { originsMax, originsOf } from '../../../consensus/ledger/origins.ts'
import { type RefKey, refKey } from '../../../consensus/ref.ts'
import { suite } from '../../harness.ts'

const test = suite('ledger/origins')

const batch = Cid.fromDigest(new Uint8Array(32).fill(1))
const name = (index: number): RefKey => refKey(batch, index)
const contribution: DataCell = { kind: 'contribution', owner: '', datanet: '', originShare: 300_000 }

function refinement(origins: readonly WeightedKey[]): RefinementCell {
  return { kind: 'refinement', owner: '', datanet: '', height: 1, originShare: 300_000, origins, parents: [] }
}

test('F4: of equal weights the lower refs are kept', () => {
  // 48 origins of 20,833 each, in three parents whose refs interleave.
  const third = (n: number) => refinement(Array.from({ length: 16 }, (_, i) => [name(3 * i + n), 62_500] as const))
  const parents: WeightedKey[] = [0, 1, 2].map(n => [name(100 + n), 333_333])
  const kept = originsOf(parents, [third(2), third(0), third(1)])
  assert.equal(
    kept,
    Array.from({ length: originsMax }, (_, i) => [name(i), 20_833]),
  )
})

test('F4: a greater weight is kept before a lower ref', () => {
  const origins = Array.from({ length: 33 }, (_, i): WeightedKey => [name(i), i === 0 ? 1 : 31_249])
  const kept = originsOf([[name(100), ppmWhole]], [refinement(origins)])
  assert.equal(kept, origins.slice(1))
})

test('F4: a contribution is its own origin, and what rounds to nothing names nobody', () => {
  assert.equal(originsOf([[name(0), ppmWhole]], [contribution]), [[name(0), ppmWhole]])
  const parents: WeightedKey[] = [
    [name(1), 999_999],
    [name(2), 1],
  ]
  assert.equal(originsOf(parents, [contribution, refinement([[name(0), 999_999]])]), [[name(1), 999_999]])
})

test('F4: the weights are what the rule says, whatever the parents', () => {
  const weighted = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: ppmWhole })), {
    maxLength: 32,
    selector: ([index]) => index,
  })
  const parent = fc.tuple(fc.integer({ min: 1, max: ppmWhole }), weighted)
  fc.assert(
    fc.property(fc.array(parent, { minLength: 1, maxLength: 16 }), list => {
      const parents = list.map(([weight], i): WeightedKey => [name(100 + i), weight])
      const cells = list.map(([, origins]) => refinement(origins.map(([index, weight]) => [name(index), weight])))
      const sums = Array.from({ length: 61 }, (_, index) =>
        list.reduce((sum, [weight, origins]) => {
          const [, own = 0] = origins.find(([at]) => at === index) ?? []
          return sum + Number((BigInt(weight) * BigInt(own)) / BigInt(ppmWhole))
        }, 0),
      )
      const greatest = sums.map((sum, index) => ({ sum, index })).filter(({ sum }) => sum > 0)
      greatest.sort((a, b) => b.sum - a.sum || a.index - b.index)
      const expected = greatest.slice(0, 32).map(({ sum, index }): WeightedKey => [name(index), sum])
      assert.equal(
        originsOf(parents, cells),
        expected.sort(([a], [b]) => compareKeys(a, b)),
      )
    }),
    { numRuns: 1_500 },
  )
})
