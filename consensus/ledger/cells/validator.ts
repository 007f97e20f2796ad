import type { AccountKey } from '../../account.ts'
import type { Amount, Ppm } from '../../amount.ts'
import { type ByteKey, fromU128, u128 } from '../../bytes.ts'
import type { Value } from '../../cbor/value.ts'
import type { RefKey } from '../../ref.ts'
import { bytesKey, type CellCodec, cellPrefix, keyBytes } from './cell.ts'

export interface ValidatorCell {
  /** Vote key, 32 bytes; null: it has none that may vote (T13). */
  readonly key: Uint8Array | null
  readonly commission: Ppm
  /** All its positions together, and what rounding left of those that were slashed. */
  readonly bonded: Amount
  /** F5: what one µOPEN bonded since the beginning has earned, times 10^12. */
  readonly index: bigint
  /** Earned by delegations and not settled yet, with the dust of division. */
  readonly accrued: Amount
  readonly name: string
  /** Epoch of its last `validator` record; 0 at the genesis. */
  readonly published: number
  /** How many positions there are; with the last one goes the dust. */
  readonly positions: number
  /** All its unbonding entries together, and what rounding left of those that were slashed. */
  readonly unbonding: Amount
  readonly unbondings: number
  /** How many slashes there were; each has a cell of its own. */
  readonly slashes: number
  /** T13: the first epoch in which it may register a key again. */
  readonly barredUntil: number
  /** Its open proposal. */
  readonly proposal: RefKey | null
}

export const emptyValidator: ValidatorCell = {
  key: null,
  commission: 0,
  bonded: 0,
  index: 0n,
  accrued: 0,
  name: '',
  published: 0,
  positions: 0,
  unbonding: 0,
  unbondings: 0,
  slashes: 0,
  barredUntil: 0,
  proposal: null,
}

export function validatorCellKey(account: AccountKey): ByteKey {
  return cellPrefix.validator + account
}

export const validatorCodec: CellCodec<ValidatorCell> = {
  toValue: cell => [
    cell.key,
    cell.commission,
    cell.bonded,
    u128(cell.index),
    cell.accrued,
    cell.name,
    cell.published,
    cell.positions,
    cell.unbonding,
    cell.unbondings,
    cell.slashes,
    cell.barredUntil,
    cell.proposal === null ? null : keyBytes(cell.proposal),
  ],
  fromValue(value) {
    const list = value as Value[]
    return {
      key: list[0] as Uint8Array | null,
      commission: list[1] as Ppm,
      bonded: list[2] as Amount,
      index: fromU128(list[3] as Uint8Array),
      accrued: list[4] as Amount,
      name: list[5] as string,
      published: list[6] as number,
      positions: list[7] as number,
      unbonding: list[8] as Amount,
      unbondings: list[9] as number,
      slashes: list[10] as number,
      barredUntil: list[11] as number,
      proposal: list[12] === null ? null : bytesKey(list[12]),
    }
  },
  money: cell => cell.bonded + cell.unbonding + cell.accrued,
}
