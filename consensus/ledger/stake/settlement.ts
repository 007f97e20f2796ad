import type { AccountKey } from '../../account.ts'
import { type Amount, addAmounts } from '../../amount.ts'
import type { Epoch, StakeMove } from '../author-view.ts'
import { positionCellKey, positionCodec, unbondingCellKey, unbondingCodec } from '../cells/position.ts'
import type { ClosingState } from '../closing-state.ts'
import type { Payouts } from '../flow/payouts.ts'
import type { OpeningState } from '../opening-state.ts'
import type { ClosingValidators } from './closing-validators.ts'
import { standing, unbondingAmount } from './standing.ts'

/** What settling a position writes to. */
export interface Settlement {
  readonly epoch: Epoch
  readonly opening: OpeningState
  readonly closing: ClosingState
  readonly validators: ClosingValidators
  readonly payouts: Payouts
}

/** F5: a position that changes is paid what its opening amount has earned, this epoch's part included, and begins anew. */
export function settlePosition(to: Settlement, delegator: AccountKey, validator: AccountKey, move: StakeMove): void {
  const { opening, closing, validators, payouts } = to
  const before = opening.position(validator, delegator)
  const cell = validators.of(validator)
  const { amount, earned } =
    before === undefined
      ? { amount: 0, earned: 0 }
      : standing(before, cell, number => validators.slash(validator, number))
  payouts.add(delegator, 'delegator', validator, earned)
  const left = addAmounts(amount, move.staked) - move.unstaked
  const { index, slashes } = cell
  const after = left === 0 ? undefined : { amount: left, index, slashes }
  closing.put(positionCodec, positionCellKey(validator, delegator), before, after)
  validators.change(validator, {
    bonded: addAmounts(cell.bonded, move.staked) - move.unstaked,
    accrued: cell.accrued - earned,
    positions: cell.positions + Number(after !== undefined) - Number(before !== undefined),
  })
  if (move.unstaked > 0) beginUnbonding(to, delegator, validator, move.unstaked)
}

/** One entry for all that a delegator takes from a validator and that is due in the same epoch. */
function beginUnbonding(
  { epoch, opening, closing, validators }: Settlement,
  delegator: AccountKey,
  validator: AccountKey,
  amount: Amount,
): void {
  const due = epoch.number + epoch.params.unbonding
  const cell = validators.of(validator)
  const before = opening.unbonding(due, validator, delegator)
  const held = before === undefined ? 0 : unbondingAmount(before, cell, number => validators.slash(validator, number))
  closing.put(unbondingCodec, unbondingCellKey(due, validator, delegator), before, {
    amount: addAmounts(held, amount),
    slashes: cell.slashes,
  })
  validators.change(validator, {
    unbonding: addAmounts(cell.unbonding, amount),
    unbondings: cell.unbondings + (before === undefined ? 1 : 0),
  })
}
