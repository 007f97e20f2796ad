import type { AccountKey } from '../../account.ts'
import type { Ppm } from '../../amount.ts'
import { type ByteKey, fromU128, toKey, u128, writeU32, writeU64 } from '../../bytes.ts'
import { type CellCodec, cellPrefix, noMoney } from './cell.ts'

/** T13: what every position and unbonding entry at a validator lost at once. */
export interface SlashCell {
  /** The validator's index then: what was earned before was earned on more. */
  readonly index: bigint
  readonly taken: Ppm
}

/** Slashes of a validator are numbered from 0. */
export function slashCellKey(validator: AccountKey, number: number): ByteKey {
  const bytes = new Uint8Array(4)
  writeU32(bytes, 0, number)
  return cellPrefix.slash + validator + toKey(bytes)
}

export const slashCodec: CellCodec<SlashCell> = {
  toValue: cell => [u128(cell.index), cell.taken],
  fromValue(value) {
    const [index, taken] = value as [Uint8Array, Ppm]
    return { index: fromU128(index), taken }
  },
  money: noMoney,
}

/** T13: that an offence was punished: once per (vote key, epoch). */
export interface OffenceCell {
  /** Epoch in which it was. */
  readonly punished: number
}

export function offenceCellKey(voteKey: ByteKey, epoch: number): ByteKey {
  const bytes = new Uint8Array(8)
  writeU64(bytes, 0, epoch)
  return cellPrefix.offence + voteKey + toKey(bytes)
}

export const offenceCodec: CellCodec<OffenceCell> = {
  toValue: cell => cell.punished,
  fromValue: value => ({ punished: value as number }),
  money: noMoney,
}
