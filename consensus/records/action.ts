import type { Amount } from '../amount.ts'
import { bill } from '../ledger/billing.ts'
import type { Ref } from '../ref.ts'
import { usesMax } from './inference.ts'
import type { Kind } from './kind.ts'
import { amount, optional, ref, refList, saltedHash, type Weighted, weights } from './schema.ts'

/** An agent acted for a payer; `calls` are the inferences and actions it used, a claim (R6). */
export interface Action {
  readonly kind: 'action'
  readonly session: Ref
  readonly agent: Ref
  /** Salted hash, 32 bytes. */
  readonly result: Uint8Array
  readonly fee: Amount
  readonly calls: readonly Ref[]
  readonly uses?: readonly Weighted[]
}

const callsMax = 256

export const action: Kind<Action> = {
  name: 'action',
  fields: {
    session: ref,
    agent: ref,
    result: saltedHash,
    fee: amount,
    calls: refList(0, callsMax),
    uses: optional(weights(usesMax)),
  },
  refs: record => [record.session, record.agent, ...record.calls, ...(record.uses ?? []).map(([ref]) => ref)],
  apply: (record, view) => bill(view, record.agent, 'agent', record),
}
