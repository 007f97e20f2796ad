import type { Amount } from '../../amount.ts'
import type { Epoch } from '../author-view.ts'
import { unbondingCodec, unbondingParties, unbondingPrefix } from '../cells/position.ts'
import type { ClosingState } from '../closing-state.ts'
import type { Collected } from '../collected.ts'
import type { OpeningState } from '../opening-state.ts'
import type { ClosingValidators } from './closing-validators.ts'
import { unbondingAmount } from './standing.ts'

/** Stake whose time is over goes back to whom it belongs, less what was slashed meanwhile. */
export function releaseUnbonding(
  opening: OpeningState,
  closing: ClosingState,
  validators: ClosingValidators,
  epoch: Epoch,
  collected: Collected,
): void {
  for (const key of opening.source.keysFrom(unbondingPrefix(epoch.number))) {
    const [validator, delegator] = unbondingParties(key)
    const entry = opening.unbonding(epoch.number, validator, delegator)!
    const cell = validators.of(validator)
    const amount = unbondingAmount(entry, cell, number => validators.slash(validator, number))
    if (amount > 0) collected.receive(delegator, amount)
    closing.put(unbondingCodec, key, entry, undefined)
    validators.change(validator, { unbonding: cell.unbonding - amount, unbondings: cell.unbondings - 1 })
  }
}

/** Slashes round down position by position; what that left over belongs to nobody once the last of them is gone. */
export function sweepDust(validators: ClosingValidators): Amount {
  let dust = 0
  for (const account of [...validators.changed()]) {
    const { positions, bonded, unbondings, unbonding } = validators.of(account)
    if (positions === 0 && bonded > 0) {
      dust += bonded
      validators.change(account, { bonded: 0 })
    }
    if (unbondings === 0 && unbonding > 0) {
      dust += unbonding
      validators.change(account, { unbonding: 0 })
    }
  }
  return dust
}
