import type { AccountKey } from '../../account.ts'
import type { Amount, Ppm } from '../../amount.ts'
import { type ByteKey, fromU128, u128 } from '../../bytes.ts'
import type { Value } from '../../cbor/value.ts'
import { type CellCodec, cellPrefix } from './cell.ts'

export interface ValidatorCell {
  /** Vote key, 32 bytes. */
  readonly key: Uint8Array
  readonly commission: Ppm
  /** Sum of its positions. */
  readonly bonded: Amount
  /** F5: what one µOPEN bonded since the beginning has earned, times 10^12. */
  readonly index: bigint
  /** Earned by delegations and not settled yet, with the dust of division. */
  readonly accrued: Amount
}

export function validatorCellKey(account: AccountKey): ByteKey {
  return cellPrefix.validator + account
}

export const validatorCodec: CellCodec<ValidatorCell> = {
  toValue: cell => [cell.key, cell.commission, cell.bonded, u128(cell.index), cell.accrued],
  fromValue(value) {
    const list = value as Value[]
    return {
      key: list[0] as Uint8Array,
      commission: list[1] as Ppm,
      bonded: list[2] as Amount,
      index: fromU128(list[3] as Uint8Array),
      accrued: list[4] as Amount,
    }
  },
  money: cell => cell.bonded + cell.accrued,
}

/** A delegator's stake at a validator. Its money is counted in the validator's `bonded`. */
export interface PositionCell {
  readonly amount: Amount
  /** The validator's index when the position last changed. */
  readonly index: bigint
}

export function positionCellKey(validator: AccountKey, delegator: AccountKey): ByteKey {
  return cellPrefix.position + validator + delegator
}

export const positionCodec: CellCodec<PositionCell> = {
  toValue: cell => [cell.amount, u128(cell.index)],
  fromValue(value) {
    const [amount, index] = value as [Amount, Uint8Array]
    return { amount, index: fromU128(index) }
  },
  money: () => 0,
}

const indexScale = 1_000_000_000_000n

/** F5: how much the index rises when `rest` is earned on `bonded`. */
export function indexRise(rest: Amount, bonded: Amount): bigint {
  return (BigInt(rest) * indexScale) / BigInt(bonded)
}

/** F5: what a position has earned since it last changed. */
export function accruedOf(position: PositionCell, validator: ValidatorCell): Amount {
  return Number((BigInt(position.amount) * (validator.index - position.index)) / indexScale)
}
