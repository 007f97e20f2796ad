import type { Amount } from '../amount.ts'
import { toKey } from '../bytes.ts'
import { outcomes } from '../ledger/outcome.ts'
import type { Kind } from './kind.ts'
import { account, amount } from './schema.ts'

/** Bonds OPEN to a validator: the own account or another one. */
export interface Stake {
  readonly kind: 'stake'
  readonly validator: Uint8Array
  readonly amount: Amount
}

export const stake: Kind<Stake> = {
  name: 'stake',
  fields: { validator: account, amount },
  refs: () => [],
  apply(record, view) {
    const validator = toKey(record.validator)
    if (!view.isValidator(validator)) return outcomes['unknown-validator']
    if (!view.spend(record.amount)) return outcomes['no-funds']
    view.stakeMove(validator).staked += record.amount
    return outcomes.done
  },
}
