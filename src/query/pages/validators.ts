import { type AccountKey, accountKeyText } from '../../../consensus/account.ts'
import type { ValidatorSet } from '../../../consensus/agreement/validator-set.ts'
import { cellPrefix, decodeCell } from '../../../consensus/ledger/cells/cell.ts'
import { setsCodec, setsKey } from '../../../consensus/ledger/cells/global.ts'
import { positionCellKey, positionCodec } from '../../../consensus/ledger/cells/position.ts'
import { type SlashCell, slashCellKey, slashCodec } from '../../../consensus/ledger/cells/slash.ts'
import { type ValidatorCell, validatorCellKey, validatorCodec } from '../../../consensus/ledger/cells/validator.ts'
import { standing } from '../../../consensus/ledger/stake/standing.ts'
import type { PositionStatus, ValidatorStatus } from '../../api/schema/validator.ts'
import { CorruptError } from '../../store/errors.ts'
import { stateKey } from '../../store/keys.ts'
import type { Store } from '../../store/store.ts'
import type { Step } from './page.ts'

/** By account, after one. */
export async function* validatorsAfter(
  store: Store,
  after: AccountKey | undefined,
): AsyncGenerator<Step<ValidatorStatus>> {
  const stakes = new Map(votersNow(store).map(({ account, stake }) => [account, stake]))
  for await (const [account, cell] of cellsAfter(store, after)) {
    const { name, commission, bonded, unbonding, accrued, positions, slashes, barredUntil, published } = cell
    const told = { account: accountKeyText(account), name, commission, bonded, unbonding, accrued }
    const item = {
      ...told,
      delegations: positions,
      slashes,
      barredUntil,
      published,
      stake: stakes.get(account) ?? null,
    }
    yield { at: [account], item }
  }
}

/** What an account has bonded, by validator after one. */
export async function* positionsAfter(
  store: Store,
  account: AccountKey,
  after: AccountKey | undefined,
): AsyncGenerator<Step<PositionStatus>> {
  for await (const [validator, cell] of cellsAfter(store, after)) {
    const bytes = store.state.get(positionCellKey(validator, account))
    const slashOf = (number: number): SlashCell =>
      decodeCell(slashCodec, store.state.get(slashCellKey(validator, number))!)
    const held = bytes && standing(decodeCell(positionCodec, bytes), cell, slashOf)
    const item = held && { validator: accountKeyText(validator), amount: held.amount, accrued: held.earned }
    yield { at: [validator], item }
  }
}

async function* cellsAfter(
  store: Store,
  after: AccountKey | undefined,
): AsyncGenerator<[account: AccountKey, cell: ValidatorCell]> {
  for await (const [key, bytes] of store.state.scan(cellPrefix.validator, after && validatorCellKey(after))) {
    yield [key.slice(cellPrefix.validator.length), decodeCell(validatorCodec, bytes)]
  }
}

/** Who votes on the next epoch. */
function votersNow(store: Store): ValidatorSet {
  const bytes = store.state.get(setsKey)
  if (bytes === undefined) throw new CorruptError(stateKey(setsKey), 'missing')
  return decodeCell(setsCodec, bytes).current
}
