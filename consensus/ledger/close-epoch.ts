import type { AccountKey } from '../account.ts'
import { sameSet } from '../agreement/validator-set.ts'
import { type Amount, addAmounts } from '../amount.ts'
import type { ByteKey } from '../bytes.ts'
import type { Totals, Usage } from '../checkpoint.ts'
import type { RefKey } from '../ref.ts'
import type { AuthorHead, AuthorView, Epoch, PayeeSession } from './author-view.ts'
import { accountCellKey, accountCodec, creditMax } from './cells/account.ts'
import { contentCodec } from './cells/content.ts'
import {
  attendanceCodec,
  attendanceKey,
  overdueCodec,
  overdueKey,
  setsCodec,
  setsKey,
  treasuryCodec,
  treasuryKey,
} from './cells/global.ts'
import { type SessionCell, sessionCellKey, sessionCodec } from './cells/session.ts'
import { sumsCodec, sumsKey } from './cells/sums.ts'
import { verdictCodec } from './cells/verdict.ts'
import { waitingCellKey, waitingCodec } from './cells/waiting.ts'
import type { ClosingState } from './closing-state.ts'
import type { Collected } from './collected.ts'
import { endingSessions } from './ending-sessions.ts'
import type { RoutedEpoch } from './flow/route.ts'
import { type Assembly, govern } from './governance/conclusion.ts'
import type { OpeningState } from './opening-state.ts'
import { attend } from './stake/attendance.ts'
import type { ClosingValidators } from './stake/closing-validators.ts'
import { elect } from './stake/election.ts'
import { type ProvenOffence, punish } from './stake/slashing.ts'
import { releaseUnbonding, sweepDust } from './stake/unbonding.ts'

export interface AuthorResult {
  readonly view: AuthorView
  readonly head: AuthorHead
}

/** What the records of an epoch came to, before it is applied. */
export interface Closing {
  readonly epoch: Epoch
  readonly opening: OpeningState
  readonly closing: ClosingState
  readonly validators: ClosingValidators
  readonly collected: Collected
  /** By account. */
  readonly authors: readonly AuthorResult[]
  readonly routed: RoutedEpoch
  /** T13: signers of the last certificate. */
  readonly lastSigners: readonly AccountKey[]
}

export interface ClosedEpoch {
  /** Credit after the epoch, of every account that was paid. */
  readonly credits: ReadonlyMap<AccountKey, Amount>
  readonly totals: Totals
  readonly usage: Usage
}

/** E1: applies what was collected, in its order, and asserts that no money was made or lost (E2). */
export function closeEpoch(input: Closing): ClosedEpoch {
  const { opening, closing, epoch, validators, collected, authors, routed } = input
  for (const [key, holders] of collected.contents) closing.put(contentCodec, key, undefined, [...holders].sort())
  for (const { view } of authors) {
    for (const [key, accept] of view.verdicts) closing.put(verdictCodec, key, undefined, { accept })
  }
  const slashed = punish(closing, validators, epoch, offencesOf(authors))
  releaseUnbonding(opening, closing, validators, epoch, collected)
  closeSessions(opening, closing, epoch, collected, authors)
  closeWaiting(closing, epoch, routed)
  const inTreasury = addAmounts(opening.treasury(), routed.toTreasury + slashed + sweepDust(validators))
  const treasury = govern(assemblyOf(input), inTreasury)
  const credits = closeAccounts(opening, closing, collected, authors, routed)
  closeSets(input)
  validators.write(closing)
  const totals = closeTotals(opening, closing, routed, treasury, validators.accruedRise())
  closing.assertConserved(routed.burned)
  return { credits, totals, usage: usageOf(opening, collected, routed) }
}

/** One for each (vote key, epoch), however many report it. */
function offencesOf(authors: readonly AuthorResult[]): Map<ByteKey, ProvenOffence> {
  return new Map(authors.flatMap(({ view }) => [...view.offences]))
}

function assemblyOf({ epoch, opening, closing, validators, collected, authors }: Closing): Assembly {
  const proposed = new Map(authors.flatMap(({ view }) => [...view.proposed]))
  const ballots = new Map(authors.flatMap(({ view }) => [...view.ballots]))
  return { epoch: epoch.number, opening, closing, validators, collected, proposed, ballots }
}

/** E4: writes sessions that changed, ends those that are over, and returns what they have left to their payers. */
function closeSessions(
  opening: OpeningState,
  closing: ClosingState,
  epoch: Epoch,
  collected: Collected,
  authors: readonly AuthorResult[],
): void {
  const expiries = new Map<RefKey, number>()
  const used = new Map<RefKey, PayeeSession>()
  const touched = new Set<RefKey>()
  for (const { view } of authors) {
    for (const [ref, cell] of view.opened) openSession(closing, ref, cell, view.expiries.get(ref))
    for (const [ref, expires] of view.expiries) if (!view.opened.has(ref)) expiries.set(ref, expires)
    for (const [ref, session] of view.sessions) if (isChanged(session)) used.set(ref, session)
  }
  const { refs, overdue } = endingSessions(opening, epoch.number)
  const overdueBefore = opening.overdue()
  if (overdue !== overdueBefore) closing.put(overdueCodec, overdueKey, undefined, overdue ?? undefined)
  const due = new Set(refs)
  for (const ref of [...due, ...used.keys(), ...expiries.keys()]) touched.add(ref)
  for (const ref of touched) {
    const before = opening.session(ref)!
    const session = used.get(ref)
    const expires = expiries.get(ref) ?? before.expires
    const { total, settled } = session ?? before
    const over = due.has(ref) || session?.closed === true
    if (over) {
      collected.receive(before.payer, before.deposit - settled)
      closing.dropDue(before.expires, 's', ref)
    } else if (expires !== before.expires) {
      closing.dropDue(before.expires, 's', ref)
      closing.putDue(expires, 's', ref)
    }
    closing.put(sessionCodec, sessionCellKey(ref), before, over ? undefined : { ...before, expires, total, settled })
  }
}

function openSession(closing: ClosingState, ref: RefKey, cell: SessionCell, shortened: number | undefined): void {
  const expires = shortened ?? cell.expires
  closing.put(sessionCodec, sessionCellKey(ref), undefined, { ...cell, expires })
  closing.putDue(expires, 's', ref)
}

function isChanged({ opening, total, settled, closed }: PayeeSession): boolean {
  return closed || total !== opening.total || settled !== opening.settled
}

/** F3: what waits now, and until when. A model that was attributed, or whose window ended, begins a new window. */
function closeWaiting(closing: ClosingState, epoch: Epoch, routed: RoutedEpoch): void {
  for (const { model, opening, added, routed: left } of routed.waiting) {
    const amount = addAmounts((opening?.amount ?? 0) - left, added)
    const until = opening !== undefined && left === 0 ? opening.until : epoch.number + epoch.params.attributionWindow
    if (opening !== undefined && (amount === 0 || until !== opening.until)) closing.dropDue(opening.until, 'w', model)
    if (amount > 0 && until !== opening?.until) closing.putDue(until, 'w', model)
    closing.put(waitingCodec, waitingCellKey(model), opening, amount === 0 ? undefined : { amount, until })
  }
}

function closeAccounts(
  opening: OpeningState,
  closing: ClosingState,
  collected: Collected,
  authors: readonly AuthorResult[],
  routed: RoutedEpoch,
): Map<AccountKey, Amount> {
  const earned = new Map(routed.payouts.map(({ account, amount }) => [account, amount]))
  const byAuthor = new Map(authors.map(author => [author.view.author, author]))
  const credits = new Map<AccountKey, Amount>()
  for (const account of new Set([...byAuthor.keys(), ...collected.incoming.keys(), ...earned.keys()])) {
    const before = opening.account(account)
    const author = byAuthor.get(account)
    const payout = earned.get(account) ?? 0
    const incoming = addAmounts(collected.incoming.get(account) ?? 0, payout)
    // Money that goes in circles is earned again and again: a count that ends must not stop the ledger.
    const credit = Math.min(before.credit + payout, creditMax)
    if (payout > 0) credits.set(account, credit)
    closing.put(accountCodec, accountCellKey(account), before, {
      balance: addAmounts(before.balance - (author?.view.spent ?? 0), incoming),
      credit,
      seq: author?.head.seq ?? before.seq,
      head: author?.head.head ?? before.head,
    })
  }
  return credits
}

function closeTotals(
  opening: OpeningState,
  closing: ClosingState,
  routed: RoutedEpoch,
  treasury: Amount,
  accruedRise: Amount,
): Totals {
  const before = opening.sums()
  const treasuryBefore = opening.treasury()
  if (treasury !== treasuryBefore) closing.put(treasuryCodec, treasuryKey, treasuryBefore, treasury)
  let { supply, waiting, accrued } = before
  supply -= routed.burned
  accrued += accruedRise
  for (const move of routed.waiting) waiting += move.added - move.routed
  if (supply !== before.supply || waiting !== before.waiting || accrued !== before.accrued) {
    closing.put(sumsCodec, sumsKey, before, { supply, waiting, accrued })
  }
  const paid = routed.payouts.reduce((sum, { amount }) => addAmounts(sum, amount), 0)
  return { fees: routed.fees, paid, waiting, accrued, treasury }
}

/** T13: who was seen, and who takes office two epochs on. */
function closeSets({ epoch, opening, closing, validators, lastSigners }: Closing): void {
  const { number, params } = epoch
  const before = opening.attendance()
  const attendance = attend(before, lastSigners, number)
  if (lastSigners.length > 0 || attendance.length !== before.length)
    closing.put(attendanceCodec, attendanceKey, before, attendance)
  const { previous, current, next } = opening.sets()
  const elected = elect({ epoch: number, params, opening, validators, attendance })
  const isSame = sameSet(previous, current) && sameSet(current, next) && sameSet(next, elected)
  if (!isSame) closing.put(setsCodec, setsKey, undefined, { previous: current, current: next, next: elected })
}

function usageOf(opening: OpeningState, collected: Collected, routed: RoutedEpoch): Usage {
  const payers = new Set<AccountKey>()
  const payees = new Set<AccountKey>()
  let inferences = 0
  for (const { session, payee, action } of collected.paid) {
    payers.add(opening.session(session)!.payer)
    payees.add(payee)
    if (!action) inferences++
  }
  return {
    inferences,
    actions: collected.paid.length - inferences,
    payers: payers.size,
    payees: payees.size,
    paid: routed.payouts.length,
  }
}
