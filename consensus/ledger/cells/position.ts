import type { AccountKey } from '../../account.ts'
import type { Amount } from '../../amount.ts'
import { type ByteKey, fromU128, toKey, u128, writeU64 } from '../../bytes.ts'
import { type CellCodec, cellPrefix, noMoney } from './cell.ts'

/** A delegator's stake at a validator, whose own is one like any other. Its money is counted in the validator's `bonded`. */
export interface PositionCell {
  /** As it was when the position last changed; later slashes still have to be taken off (`standing`). */
  readonly amount: Amount
  /** The validator's index then. */
  readonly index: bigint
  /** How many slashes of the validator the amount has seen. */
  readonly slashes: number
}

export function positionCellKey(validator: AccountKey, delegator: AccountKey): ByteKey {
  return cellPrefix.position + validator + delegator
}

export const positionCodec: CellCodec<PositionCell> = {
  toValue: cell => [cell.amount, u128(cell.index), cell.slashes],
  fromValue(value) {
    const [amount, index, slashes] = value as [Amount, Uint8Array, number]
    return { amount, index: fromU128(index), slashes }
  },
  money: noMoney,
}

/** Stake on its way out, which earns nothing and can still be slashed. Its money is counted in the validator's `unbonding`. */
export interface UnbondingCell {
  readonly amount: Amount
  readonly slashes: number
}

/** The epoch stands first, so that an epoch finds what is due. */
export function unbondingPrefix(due: number): ByteKey {
  const bytes = new Uint8Array(8)
  writeU64(bytes, 0, due)
  return cellPrefix.unbonding + toKey(bytes)
}

export function unbondingCellKey(due: number, validator: AccountKey, delegator: AccountKey): ByteKey {
  return unbondingPrefix(due) + validator + delegator
}

/** Whose stake, at which validator. */
export function unbondingParties(key: ByteKey): [validator: AccountKey, delegator: AccountKey] {
  return [key.slice(9, 41), key.slice(41)]
}

export const unbondingCodec: CellCodec<UnbondingCell> = {
  toValue: cell => [cell.amount, cell.slashes],
  fromValue(value) {
    const [amount, slashes] = value as [Amount, number]
    return { amount, slashes }
  },
  money: noMoney,
}
