import type { AccountKey } from '../../consensus/account.ts'
import { type Amount, addAmounts } from '../../consensus/amount.ts'
import { cellPrefix, decodeCell } from '../../consensus/ledger/cells/cell.ts'
import {
  accruedOf,
  positionCellKey,
  positionCodec,
  type ValidatorCell,
  validatorCodec,
} from '../../consensus/ledger/cells/validator.ts'
import type { View } from '../store/view.ts'

const accountLength = 32

/** F5: what an account's delegations have earned and not settled. */
export async function accruedTo(view: View, account: AccountKey): Promise<Amount> {
  let accrued = 0
  for await (const [validator, cell] of validators(view)) {
    const position = view.state.get(positionCellKey(validator, account))
    if (position !== undefined) accrued = addAmounts(accrued, accruedOf(decodeCell(positionCodec, position), cell))
  }
  return accrued
}

/** The same of every account that has a position. */
export async function accruedToAll(view: View): Promise<Map<AccountKey, Amount>> {
  const cells = new Map<AccountKey, ValidatorCell>()
  for await (const [validator, cell] of validators(view)) cells.set(validator, cell)
  const accrued = new Map<AccountKey, Amount>()
  for await (const [key, bytes] of view.cells(cellPrefix.position)) {
    const validator = cells.get(key.slice(1, 1 + accountLength))
    if (validator === undefined) continue
    const delegator = key.slice(1 + accountLength)
    const earned = accruedOf(decodeCell(positionCodec, bytes), validator)
    accrued.set(delegator, addAmounts(accrued.get(delegator) ?? 0, earned))
  }
  return accrued
}

async function* validators(view: View): AsyncGenerator<[AccountKey, ValidatorCell]> {
  for await (const [key, bytes] of view.cells(cellPrefix.validator)) {
    yield [key.slice(1), decodeCell(validatorCodec, bytes)]
  }
}
