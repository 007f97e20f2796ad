import type { Amount } from '../amount.ts'
import { bill } from '../ledger/billing.ts'
import type { Ref } from '../ref.ts'
import type { Kind } from './kind.ts'
import { amount, integer, optional, ref, saltedHash, type Weighted, weights } from './schema.ts'

/** A provider executed a model for a payer, and what the output drew on. */
export interface Inference {
  readonly kind: 'inference'
  readonly session: Ref
  readonly model: Ref
  /** Salted hashes, 32 bytes each. */
  readonly request: Uint8Array
  readonly response: Uint8Array
  readonly tokensIn: number
  readonly tokensOut: number
  readonly fee: Amount
  readonly uses?: readonly Weighted[]
}

export const usesMax = 256

export const inference: Kind<Inference> = {
  name: 'inference',
  fields: {
    session: ref,
    model: ref,
    request: saltedHash,
    response: saltedHash,
    tokensIn: integer(0, Number.MAX_SAFE_INTEGER),
    tokensOut: integer(0, Number.MAX_SAFE_INTEGER),
    fee: amount,
    uses: optional(weights(usesMax)),
  },
  refs: record => [record.session, record.model, ...(record.uses ?? []).map(([ref]) => ref)],
  apply: (record, view) => bill(view, record.model, 'model', record),
}
