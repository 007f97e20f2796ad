import { outcomes } from '../ledger/outcome.ts'
import type { Ref } from '../ref.ts'
import type { Kind } from './kind.ts'
import { ref } from './schema.ts'

/** Ends a session early: at once by its payee, after a notice by its payer. */
export interface Close {
  readonly kind: 'close'
  readonly session: Ref
}

/** E4: epochs that a payee keeps to bill what it has vouchers for. */
export const payerNoticeEpochs = 360

export const close: Kind<Close> = {
  name: 'close',
  fields: { session: ref },
  refs: record => [record.session],
  apply(record, view) {
    const sessionRef = view.resolve(record.session)
    const asPayee = view.payeeSession(sessionRef)
    if (asPayee !== undefined) {
      if (asPayee.closed) return outcomes['session-over']
      asPayee.closed = true
      return outcomes.done
    }
    const asPayer = view.payerSession(sessionRef)
    if (asPayer !== undefined) {
      const before = view.expiries.get(sessionRef) ?? asPayer.expires
      view.expiries.set(sessionRef, Math.min(before, view.epoch.number + payerNoticeEpochs))
      return outcomes.done
    }
    return view.opening.session(sessionRef) === undefined ? outcomes['session-unknown'] : outcomes['not-payee']
  },
}
