import type { AccountKey } from '../../consensus/account.ts'
import { type Amount, addAmounts } from '../../consensus/amount.ts'
import { cellPrefix, decodeCell } from '../../consensus/ledger/cells/cell.ts'
import { positionCellKey, positionCodec } from '../../consensus/ledger/cells/position.ts'
import { type SlashCell, slashCellKey, slashCodec } from '../../consensus/ledger/cells/slash.ts'
import { type ValidatorCell, validatorCodec } from '../../consensus/ledger/cells/validator.ts'
import { standing } from '../../consensus/ledger/stake/standing.ts'
import type { View } from '../store/view.ts'

const accountLength = 32

/** F5: what an account's delegations have earned and not settled. */
export async function accruedTo(view: View, account: AccountKey): Promise<Amount> {
  let accrued = 0
  for await (const [validator, cell] of validators(view)) {
    const position = view.state.get(positionCellKey(validator, account))
    if (position !== undefined) accrued = addAmounts(accrued, earned(view, validator, cell, position))
  }
  return accrued
}

export type Accrued = ReadonlyMap<AccountKey, Amount>

/** The same of every account that has a position. */
export async function accruedToAll(view: View): Promise<Accrued> {
  const cells = new Map<AccountKey, ValidatorCell>()
  for await (const [validator, cell] of validators(view)) cells.set(validator, cell)
  const accrued = new Map<AccountKey, Amount>()
  for await (const [key, bytes] of view.cells(cellPrefix.position)) {
    const account = key.slice(1, 1 + accountLength)
    const validator = cells.get(account)
    if (validator === undefined) continue
    const delegator = key.slice(1 + accountLength)
    const amount = earned(view, account, validator, bytes)
    accrued.set(delegator, addAmounts(accrued.get(delegator) ?? 0, amount))
  }
  return accrued
}

function earned(view: View, account: AccountKey, validator: ValidatorCell, position: Uint8Array): Amount {
  const slashOf = (number: number): SlashCell => decodeCell(slashCodec, view.state.get(slashCellKey(account, number))!)
  return standing(decodeCell(positionCodec, position), validator, slashOf).earned
}

async function* validators(view: View): AsyncGenerator<[AccountKey, ValidatorCell]> {
  for await (const [key, bytes] of view.cells(cellPrefix.validator)) {
    yield [key.slice(1), decodeCell(validatorCodec, bytes)]
  }
}
