import type { AccountKey } from '../../account.ts'
import type { ValidatorSet } from '../../agreement/validator-set.ts'
import { compareKeys } from '../../bytes.ts'
import type { Params } from '../../params.ts'
import { candidateOfKey, candidatePrefixes } from '../cells/candidate.ts'
import type { AttendanceCell } from '../cells/global.ts'
import type { OpeningState } from '../opening-state.ts'
import { isRecent } from './attendance.ts'
import { type ClosingValidators, voteKeyOf } from './closing-validators.ts'
import { succeed } from './succession.ts'

/** What an election looks at, as the epoch leaves it; the parameters are those in force in the epoch. */
export interface Electorate {
  readonly epoch: number
  readonly params: Params
  readonly opening: OpeningState
  readonly validators: ClosingValidators
  readonly attendance: AttendanceCell
}

/** T13: the set that takes office in two epochs: a step from the one of the next epoch towards those who are elected. */
export function elect(electorate: Electorate): ValidatorSet {
  const { opening, params, validators, epoch } = electorate
  const { next } = opening.sets()
  const elected = mostStaked(electorate)
  if (elected.length === 0) return next
  const set = succeed(next, elected, params.maxValidators)
  if (set !== next) noteOffice(validators, next, set, epoch)
  return set
}

/** Greatest stake first, ties by lower account, as many as may be; in account order. */
function mostStaked(electorate: Electorate): ValidatorSet {
  const ranked = candidates(electorate).sort((a, b) => b.stake - a.stake || compareKeys(a.account, b.account))
  return ranked.slice(0, electorate.params.maxValidators).sort((a, b) => compareKeys(a.account, b.account))
}

function candidates({ opening, validators, attendance, params, epoch }: Electorate) {
  const accounts = new Set<AccountKey>(validators.changed())
  for (const prefix of candidatePrefixes(params.minStake)) {
    for (const key of opening.source.keysFrom(prefix)) accounts.add(candidateOfKey(key))
  }
  const seen = new Map(attendance)
  return [...accounts].flatMap(account => {
    const { key, bonded: stake, published } = validators.of(account)
    const isAlive = isRecent(Math.max(published, seen.get(account) ?? 0), epoch)
    return key !== null && stake >= params.minStake && isAlive ? [{ account, key, stake }] : []
  })
}

/** T12: only the votes of a key in office count, so evidence against it does. */
function noteOffice(validators: ClosingValidators, before: ValidatorSet, after: ValidatorSet, epoch: number): void {
  const former = new Set(before.map(voteKeyOf))
  const present = new Set(after.map(voteKeyOf))
  for (const key of former) {
    if (!present.has(key)) validators.putVoteKey(key, { ...validators.voteKey(key)!, until: epoch + 1 })
  }
  for (const key of present) {
    if (former.has(key)) continue
    const cell = validators.voteKey(key)!
    validators.putVoteKey(key, { ...cell, from: cell.from ?? epoch + 2, until: null })
  }
}
