import type { Amount } from '../amount.ts'
import type { Weighted } from '../records/schema.ts'
import type { Ref, RefKey } from '../ref.ts'
import type { AuthorView, PayeeSession } from './author-view.ts'
import { type Outcome, outcomes } from './outcome.ts'

interface Bill {
  readonly session: Ref
  readonly fee: Amount
  readonly uses?: readonly Weighted[]
}

/** E4: the session if the author may bill it now, else the outcome of a record that tried. */
export function usableSession(view: AuthorView, ref: RefKey): PayeeSession | Outcome {
  const session = view.payeeSession(ref)
  if (session === undefined) {
    return view.opening.session(ref) === undefined ? outcomes['session-unknown'] : outcomes['not-payee']
  }
  if (session.closed || view.epoch.number > session.opening.expires) return outcomes['session-over']
  return session
}

/** E4: bills one inference or action: paid if the fee fits the vouchers' budget, else unpaid for good. */
export function bill(view: AuthorView, earnerRef: Ref, earnerKind: 'model' | 'agent', record: Bill): Outcome {
  const { session: sessionRef, earner } = view.resolveBilled(record.session, earnerRef)
  const session = usableSession(view, sessionRef)
  if (typeof session === 'number') return session
  const asset = view.asset(earner)
  if (asset === undefined) return outcomes['unknown-ref']
  if (asset.kind !== earnerKind) return outcomes['wrong-kind']
  if (session.opening.for.length > 0 && !session.opening.for.includes(earner)) return outcomes['not-for']
  if (record.fee > session.total - session.settled) return outcomes.unpaid
  session.settled += record.fee
  view.collected.paid.push({
    earner,
    action: earnerKind === 'agent',
    payee: view.author,
    batch: view.batch,
    index: view.index,
    session: sessionRef,
    fee: record.fee,
    settledAfter: session.settled,
    uses: record.uses === undefined ? undefined : view.resolveUses(record.uses),
  })
  return outcomes.paid
}
