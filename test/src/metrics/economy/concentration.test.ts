import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import { isQuorum } from '../../../../consensus/agreement/validator-set.ts'
import { toKey } from '../../../../consensus/bytes.ts'
import { gini, nakamotoCoefficient } from '../../../../src/metrics/economy/concentration.ts'
import { suite } from '../../../harness.ts'

const test = suite('metrics/economy/concentration')

const setOf = (stakes: readonly number[]) =>
  stakes.map((stake, i) => ({ account: toKey(new Uint8Array(32).fill(i)), key: new Uint8Array(32).fill(i), stake }))

/** The smallest of all sets of validators without whom the others have no quorum. */
function fewestThatHalt(stakes: readonly number[]): number {
  const total = stakes.reduce((sum, stake) => sum + stake, 0)
  let fewest = stakes.length
  for (let chosen = 0; chosen < 2 ** stakes.length; chosen++) {
    const members = stakes.filter((_, i) => (chosen >> i) & 1)
    const rest = total - members.reduce((sum, stake) => sum + stake, 0)
    if (!isQuorum(rest, total)) fewest = Math.min(fewest, members.length)
  }
  return fewest
}

/** By its definition: the mean difference of all pairs, relative to twice the mean. */
function giniByPairs(amounts: readonly number[]): number {
  const sum = amounts.reduce((a, b) => a + b, 0)
  if (sum === 0) return 0
  let differences = 0
  for (const a of amounts) for (const b of amounts) differences += Math.abs(a - b)
  return differences / (2 * amounts.length * sum)
}

test('the Nakamoto coefficient is the least number of validators without whom there is no quorum', () => {
  assert.is(nakamotoCoefficient(setOf([1, 1, 1, 1])), 2)
  assert.is(nakamotoCoefficient(setOf([1, 1, 1])), 1)
  assert.is(nakamotoCoefficient(setOf([5])), 1)
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 9 }), stakes => {
      assert.is(nakamotoCoefficient(setOf(stakes)), fewestThatHalt(stakes))
    }),
  )
})

test('it is exact where sums of stake outgrow what doubles hold', () => {
  const third = 333_333_333_333_333
  assert.is(nakamotoCoefficient(setOf([third, third, third + 1])), 1)
  assert.is(nakamotoCoefficient(setOf([third, third + 1, third + 1, third + 1])), 2)
})

test('the Gini coefficient is the mean difference of all pairs by twice the mean', () => {
  assert.is(gini(new Float64Array([])), 0)
  assert.is(gini(new Float64Array([7])), 0)
  assert.is(gini(new Float64Array([3, 3, 3])), 0)
  assert.is(gini(new Float64Array([0, 0, 0, 12])), 0.75)
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1e9 }), { maxLength: 40 }), amounts => {
      const difference = gini(Float64Array.from(amounts)) - giniByPairs(amounts)
      assert.ok(Math.abs(difference) < 1e-9, `${difference}`)
    }),
  )
})
