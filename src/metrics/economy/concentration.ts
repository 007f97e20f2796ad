import type { ValidatorSet } from '../../../consensus/agreement/validator-set.ts'

/**
 * The Nakamoto coefficient: how few validators, the greatest first, can together keep the others from deciding. The rest has no
 * quorum (3·signed > 2·total) as soon as they hold a third.
 */
export function nakamotoCoefficient(validators: ValidatorSet): number {
  const stakes = validators.map(({ stake }) => stake).sort((a, b) => b - a)
  const total = stakes.reduce((sum, stake) => sum + BigInt(stake), 0n)
  let held = 0n
  let count = 0
  for (; 3n * held < total; count++) held += BigInt(stakes[count]!)
  return count
}

/**
 * Gini coefficient of amounts: 0 where all are equal, towards 1 where one has everything. With x sorted from the least,
 * G = 2·Σ i·xᵢ / (n·Σ xᵢ) − (n + 1) / n. Sorts `amounts` in place.
 */
export function gini(amounts: Float64Array): number {
  amounts.sort()
  const n = amounts.length
  let sum = 0
  let ranked = 0
  for (let i = 0; i < n; i++) {
    sum += amounts[i]!
    ranked += (i + 1) * amounts[i]!
  }
  return sum === 0 ? 0 : Math.max(0, (2 * ranked) / (n * sum) - (n + 1) / n)
}
