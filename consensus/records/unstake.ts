import type { Amount } from '../amount.ts'
import { toKey } from '../bytes.ts'
import { outcomes } from '../ledger/outcome.ts'
import type { Kind } from './kind.ts'
import { account, amount } from './schema.ts'

/** Begins to take stake from a validator; it is spendable when the time of unbonding is over. */
export interface Unstake {
  readonly kind: 'unstake'
  readonly validator: Uint8Array
  readonly amount: Amount
}

export const unstake: Kind<Unstake> = {
  name: 'unstake',
  fields: { validator: account, amount },
  refs: () => [],
  apply(record, view) {
    const validator = toKey(record.validator)
    if (!view.isValidator(validator)) return outcomes['unknown-validator']
    if (record.amount > view.staked(validator)) return outcomes['no-stake']
    view.stakeMove(validator).unstaked += record.amount
    return outcomes.done
  },
}
