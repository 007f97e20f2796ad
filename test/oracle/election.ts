/** T13: who is in office two epochs after the one that elects. */
import { sum } from './amount.ts'
import type { Epoch } from './epoch.ts'
import { accountOrder, sortedBy } from './names.ts'
import type { Account } from './records.ts'
import type { Seat, State, ValidatorState } from './state.ts'

const ABSENCE_EPOCHS = 8_640

export function elect(state: State, epoch: Epoch, signers: readonly Account[]): void {
  for (const signer of signers) state.validators.get(signer)!.seen = epoch.number
  const elected = winners(state, epoch)
  const set = elected.length === 0 ? state.sets.next : step(state.sets.next, elected, state.params.maxValidators)
  noteOffice(state, state.sets.next, set, epoch.number)
  state.sets = { previous: state.sets.current, current: state.sets.next, next: set }
}

function winners(state: State, epoch: Epoch): Seat[] {
  const { minStake, maxValidators } = state.params
  const eligible = [...state.validators.values()].filter(
    validator =>
      validator.key !== undefined && validator.bonded >= BigInt(minStake) && isThere(validator, epoch.number),
  )
  const byAccount = sortedBy(eligible, ({ account }) => accountOrder(account))
  const greatest = byAccount.toSorted((a, b) => (a.bonded > b.bonded ? -1 : a.bonded < b.bonded ? 1 : 0))
  const seats = greatest
    .slice(0, maxValidators)
    .map(({ account, key, bonded }) => ({ account, key: key!, stake: bonded }))
  return sortedBy(seats, ({ account }) => accountOrder(account))
}

/** Seen in one of the last 8,640 certificates, or heard of in as many epochs. */
function isThere({ published, seen }: ValidatorState, now: number): boolean {
  return [published, seen ?? published].some(epoch => now - epoch < ABSENCE_EPOCHS)
}

/** One µOPEN after the other would come to the same: each side takes its half, then what the other leaves of its own. */
export function step(present: readonly Seat[], elected: readonly Seat[], countMax: number): readonly Seat[] {
  const wanted = (seat: Seat) => elected.find(({ account, key }) => account === seat.account && key === seat.key)
  const held = (seat: Seat) => present.find(({ account }) => account === seat.account)
  const falls = present.map(seat => {
    const target = wanted(seat)?.stake ?? 0n
    return target < seat.stake ? seat.stake - target : 0n
  })
  const rises = elected.map(seat => {
    const before = held(seat)
    if (before === undefined) return seat.stake
    return before.key === seat.key && seat.stake > before.stake ? seat.stake - before.stake : 0n
  })
  if (sum(falls) === 0n && sum(rises) === 0n) return present
  const sixth = sum(present.map(({ stake }) => stake)) / 6n
  const budget = sixth === 0n ? 1n : sixth
  const forFalls = least(sum(falls), most(budget - sum(rises), (budget + 1n) / 2n))
  const forRises = least(sum(rises), budget - forFalls)
  const seats = new Map<Account, Seat>()
  let rest = forFalls
  for (const [i, seat] of present.entries()) {
    const fall = least(falls[i] ?? 0n, rest)
    rest -= fall
    if (fall < seat.stake) seats.set(seat.account, { ...seat, stake: seat.stake - fall })
  }
  rest = forRises
  for (const seat of elected) {
    const there = seats.get(seat.account)
    if (there === undefined ? seats.size >= countMax : there.key !== seat.key) continue
    const from = there?.stake ?? 0n
    const rise = least(seat.stake > from ? seat.stake - from : 0n, rest)
    rest -= rise
    if (rise > 0n) seats.set(seat.account, { ...seat, stake: from + rise })
  }
  return seats.size === 0 ? elected : sortedBy(seats.values(), ({ account }) => accountOrder(account))
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b)

function noteOffice(state: State, before: readonly Seat[], after: readonly Seat[], now: number): void {
  const has = (seats: readonly Seat[], key: string) => seats.some(seat => seat.key === key)
  for (const { key } of before) if (!has(after, key)) state.voteKeys.get(key)!.until = now + 1
  for (const { key } of after) {
    if (has(before, key)) continue
    const voteKey = state.voteKeys.get(key)!
    voteKey.from ??= now + 2
    voteKey.until = undefined
  }
}
