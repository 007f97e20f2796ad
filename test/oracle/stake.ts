/** T13, F5: validators, stake at them, and what offences cost. Every position is changed as things happen; nothing is put off. */
import { add, MILLION, parseOpen, sum } from './amount.ts'
import { type Epoch, need } from './epoch.ts'
import type { CreditLine } from './flow.ts'
import { accountOrder, sortedBy } from './names.ts'
import type { Account, Evidence, Outcome, SignedMessage, Stake, Unstake, Validator } from './records.ts'
import type { Position, State, ValidatorState } from './state.ts'

const INDEX_SCALE = 10n ** 12n

/** What an author does to its stake at one validator in one epoch. */
export interface StakeMove {
  readonly delegator: Account
  readonly validator: Account
  staked: bigint
  unstaked: bigint
}

export function newValidator(account: Account): ValidatorState {
  return {
    account,
    key: undefined,
    commission: 0n,
    index: 0n,
    accrued: 0n,
    bonded: 0n,
    positions: new Map(),
    unbonding: 0n,
    entries: [],
    published: 0,
    barredUntil: 0,
    seen: undefined,
    proposal: undefined,
  }
}

export function register(state: State, epoch: Epoch, record: Validator): Outcome {
  const { author, key } = record
  const known = state.voteKeys.get(key)
  need(known === undefined || known.owner === author, 'somebody else’s vote key')
  need(known?.banned !== true, 'a banned vote key')
  need(epoch.number >= (state.validators.get(author)?.barredUntil ?? 0), 'barred after an offence')
  epoch.registrations.set(author, record)
  return 'done'
}

/** Stake can be at a validator of an earlier epoch, or at the author itself once it has registered. */
function needValidator(state: State, epoch: Epoch, account: Account, author: Account): void {
  const isNew = account === author && epoch.registrations.has(author)
  need(isNew || state.validators.has(account), 'no such validator')
}

export function stake(state: State, epoch: Epoch, record: Stake, debit: (amount: bigint) => void): Outcome {
  needValidator(state, epoch, record.validator, record.author)
  const amount = parseOpen(record.amount)
  debit(amount)
  moveOf(epoch, record).staked += amount
  return 'done'
}

export function unstake(state: State, epoch: Epoch, record: Unstake): Outcome {
  needValidator(state, epoch, record.validator, record.author)
  const amount = parseOpen(record.amount)
  const move = moveOf(epoch, record)
  const held = state.validators.get(record.validator)?.positions.get(record.author)?.amount ?? 0n
  if (amount > held + move.staked - move.unstaked) {
    if (move.staked + move.unstaked === 0n) epoch.stakeMoves.delete(moveKey(record))
    need(false, 'not so much stake')
  }
  move.unstaked += amount
  return 'done'
}

const moveKey = ({ author, validator }: Stake | Unstake): string => `${author} ${validator}`

function moveOf(epoch: Epoch, record: Stake | Unstake): StakeMove {
  const key = moveKey(record)
  const known = epoch.stakeMoves.get(key)
  if (known !== undefined) return known
  const move = { delegator: record.author, validator: record.validator, staked: 0n, unstaked: 0n }
  epoch.stakeMoves.set(key, move)
  return move
}

export function accuse(state: State, epoch: Epoch, { key, first, second, author }: Evidence): Outcome {
  const known = state.voteKeys.get(key)
  need(known !== undefined, 'nobody’s vote key')
  need(known.from !== undefined && first.epoch >= known.from, 'not in office yet')
  need(first.epoch <= (known.until ?? epoch.number), 'not in office any more')
  const validator = state.validators.get(known.owner)
  need(validator !== undefined && validator.bonded + validator.unbonding > 0n, 'nothing at stake')
  const offence = `${key} ${first.epoch}`
  need(!state.punished.has(offence), 'punished already')
  need(!epoch.offences.some(other => other.name === offence && other.accuser === author), 'said already')
  need(isOffence(first, second) || isOffence(second, first), 'no offence')
  epoch.offences.push({ name: offence, key, validator, accuser: author })
  return 'done'
}

/** T12, of the later message against the earlier one. */
function isOffence(a: SignedMessage, b: SignedMessage): boolean {
  if (a.epoch !== b.epoch) return false
  const said = (message: SignedMessage) => `${message.checkpoint} ${message.validRound} ${message.content ?? ''}`
  if (a.type === b.type && a.round === b.round) return said(a) !== said(b)
  const isLock = a.type === 'precommit' && a.checkpoint !== null
  return isLock && b.type === 'prevote' && b.checkpoint !== null && b.round > a.round && b.validRound < a.round
}

/** Who published what. Of several with one new key the first by account has it. */
export function applyRegistrations(state: State, epoch: Epoch): void {
  const taken = new Set<string>()
  for (const [author, { key, commission }] of sortedBy(epoch.registrations, ([account]) => accountOrder(account))) {
    const validator = state.validators.get(author) ?? newValidator(author)
    state.validators.set(author, validator)
    validator.nextCommission = BigInt(commission)
    validator.published = epoch.number
    if (taken.has(key)) continue
    taken.add(key)
    validator.key = key
    if (!state.voteKeys.has(key)) {
      state.voteKeys.set(key, { owner: author, from: undefined, until: undefined, banned: false })
    }
  }
}

/** F5: a raised commission counts from the next epoch on. */
export function applyCommissions(state: State): void {
  for (const validator of state.validators.values()) {
    if (validator.nextCommission !== undefined) validator.commission = validator.nextCommission
    validator.nextCommission = undefined
  }
}

export function earn(validator: ValidatorState, rest: bigint): void {
  const rise = (rest * INDEX_SCALE) / validator.bonded
  validator.index += rise
  validator.accrued += rest
  for (const position of validator.positions.values()) position.earned += position.amount * rise
}

export const accruedOf = (position: Position): bigint => position.earned / INDEX_SCALE

export function settleStakes(state: State, epoch: Epoch, pay: (line: CreditLine) => void): void {
  for (const { delegator, validator: account, staked, unstaked } of epoch.stakeMoves.values()) {
    const validator = state.validators.get(account)!
    const position = validator.positions.get(delegator) ?? { amount: 0n, earned: 0n }
    const amount = accruedOf(position)
    pay({ account: delegator, role: 'delegator', source: account, amount })
    validator.accrued -= amount
    validator.bonded += staked - unstaked
    const left = position.amount + staked - unstaked
    if (left === 0n) validator.positions.delete(delegator)
    else validator.positions.set(delegator, { amount: left, earned: 0n })
    if (unstaked === 0n) continue
    validator.unbonding += unstaked
    const due = epoch.number + state.params.unbonding
    const entry = validator.entries.find(other => other.delegator === delegator && other.due === due)
    if (entry === undefined) validator.entries.push({ delegator, due, amount: unstaked })
    else entry.amount += unstaked
  }
}

/** T13: each offence once, whoever told of it. */
export function slash(state: State, epoch: Epoch): void {
  for (const { name, key, validator } of epoch.offences) {
    if (state.punished.has(name)) continue
    state.punished.add(name)
    const kept = MILLION - BigInt(state.params.slashDouble)
    const left = (amount: bigint) => (amount * kept) / MILLION
    state.treasury += validator.bonded - left(validator.bonded) + (validator.unbonding - left(validator.unbonding))
    validator.bonded = left(validator.bonded)
    validator.unbonding = left(validator.unbonding)
    for (const position of validator.positions.values()) position.amount = left(position.amount)
    for (const entry of validator.entries) entry.amount = left(entry.amount)
    state.voteKeys.get(key)!.banned = true
    validator.key = undefined
    validator.barredUntil = epoch.number + state.params.unbonding
  }
}

export function release(state: State, epoch: Epoch): void {
  for (const validator of state.validators.values()) {
    for (const entry of validator.entries.filter(({ due }) => due === epoch.number)) {
      validator.unbonding -= entry.amount
      if (entry.amount > 0n) add(state.balances, entry.delegator, entry.amount)
    }
    validator.entries = validator.entries.filter(({ due }) => due > epoch.number)
    // What rounding left over is nobody's when everybody has gone.
    if (validator.positions.size === 0) {
      state.treasury += validator.bonded
      validator.bonded = 0n
    }
    if (validator.entries.length === 0) {
      state.treasury += validator.unbonding
      validator.unbonding = 0n
    }
  }
}

/** Positions never come to more than what is bonded. */
export function checkStakes(state: State): void {
  for (const { account, positions, bonded, entries, unbonding, accrued } of state.validators.values()) {
    const held = [...positions.values()]
    const isFine =
      sum(held.map(({ amount }) => amount)) <= bonded &&
      sum(entries.map(({ amount }) => amount)) <= unbonding &&
      sum(held.map(accruedOf)) <= accrued
    if (!isFine) throw new Error(`T13: the parts of ${account} are more than the whole`)
  }
}
