import { totalStake, type Validator, type ValidatorSet } from '../../agreement/validator-set.ts'
import type { Amount } from '../../amount.ts'
import { compareKeys, equalBytes } from '../../bytes.ts'

/** What part of a set's stake may change from it to the next: one in so many. */
const changeDivisor = 6

/**
 * T13: the next set on the way from `present` to `elected`, both in account order. The stake that changes, summed over all
 * (account, key), is at most a sixth of the present total, or 1 µOPEN where that is less. Half of it is for those who leave or
 * shrink, half for those who join or grow, and each half takes what the other doesn't need; within it they stand in account order,
 * the last one moves in part. A new key is another voter: the account leaves with the old one before it joins with the new one.
 * Nobody joins while `countMax` are there. The total never rises above that of both sets, so it stays part of the supply.
 */
export function succeed(present: ValidatorSet, elected: ValidatorSet, countMax: number): ValidatorSet {
  const budget = Math.max(1, Math.floor(totalStake(present) / changeDivisor))
  const target = new Map(elected.map(validator => [validator.account, validator]))
  const falling = sum(present.map(voter => voter.stake - Math.min(voter.stake, stakeOf(voter, target))))
  const rising = risingStake(present, elected)
  if (falling + rising === 0) return present
  const forFalling = Math.min(falling, Math.max(budget - rising, Math.ceil(budget / 2)))
  const left = shrink(present, target, forFalling)
  const set = grow(left, elected, Math.min(rising, budget - forFalling), countMax)
  // Everybody who was there is gone and nobody could come yet: there is nothing to protect.
  return set.length === 0 ? elected : set
}

type Targets = ReadonlyMap<string, Validator>

/** What a voter is to have; 0 where it isn't elected, or only with another key. */
function stakeOf({ account, key }: Validator, target: Targets): Amount {
  const elected = target.get(account)
  return elected !== undefined && equalBytes(elected.key, key) ? elected.stake : 0
}

function risingStake(present: ValidatorSet, elected: ValidatorSet): Amount {
  const inOffice = new Map(present.map(validator => [validator.account, validator]))
  return sum(
    elected.map(({ account, key, stake }) => {
      const before = inOffice.get(account)
      if (before === undefined) return stake
      return equalBytes(before.key, key) ? Math.max(0, stake - before.stake) : 0
    }),
  )
}

/** Takes at most `budget` from those who have more than they are to have. */
function shrink(present: ValidatorSet, target: Targets, budget: Amount): Validator[] {
  let rest = budget
  return present.flatMap(voter => {
    const taken = Math.min(rest, Math.max(0, voter.stake - stakeOf(voter, target)))
    rest -= taken
    return taken === voter.stake ? [] : [{ ...voter, stake: voter.stake - taken }]
  })
}

/** Gives at most `budget` to those who are to have more. */
function grow(present: readonly Validator[], elected: ValidatorSet, budget: Amount, countMax: number): ValidatorSet {
  let rest = budget
  const set = new Map(present.map(validator => [validator.account, validator]))
  for (const { account, key, stake } of elected) {
    const before = set.get(account)
    if (rest === 0 || (before === undefined && set.size >= countMax)) continue
    if (before !== undefined && !equalBytes(before.key, key)) continue
    const added = Math.min(rest, Math.max(0, stake - (before?.stake ?? 0)))
    rest -= added
    if (added > 0) set.set(account, { account, key, stake: (before?.stake ?? 0) + added })
  }
  return [...set.values()].sort((a, b) => compareKeys(a.account, b.account))
}

function sum(amounts: readonly Amount[]): Amount {
  let total = 0
  for (const amount of amounts) total += amount
  return total
}
