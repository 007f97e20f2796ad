import type { Amount } from '../amount.ts'
import { toKey } from '../bytes.ts'
import { outcomes } from '../ledger/outcome.ts'
import type { Kind } from './kind.ts'
import { account, amount, optional, text } from './schema.ts'

/** Moves OPEN. */
export interface Transfer {
  readonly kind: 'transfer'
  readonly to: Uint8Array
  readonly amount: Amount
  readonly memo?: string
}

export const transfer: Kind<Transfer> = {
  name: 'transfer',
  fields: { to: account, amount, memo: optional(text(256)) },
  refs: () => [],
  apply(record, view) {
    if (!view.spend(record.amount)) return outcomes['no-funds']
    view.collected.receive(toKey(record.to), record.amount)
    return outcomes.done
  },
}
