import type { AccountKey } from '../../account.ts'
import { decodeValidatorSet, encodeValidatorSet, type ValidatorSet } from '../../agreement/validator-set.ts'
import type { Amount } from '../../amount.ts'
import type { ByteKey } from '../../bytes.ts'
import type { Value } from '../../cbor/value.ts'
import type { Params } from '../../params.ts'
import { bytesKey, type CellCodec, cellPrefix, keyBytes, noMoney } from './cell.ts'

export const treasuryKey: ByteKey = `${cellPrefix.global}treasury`
export const paramsKey: ByteKey = `${cellPrefix.global}params`
export const setsKey: ByteKey = `${cellPrefix.global}sets`
export const attendanceKey: ByteKey = `${cellPrefix.global}attendance`

/** E4: the first epoch whose sessions haven't all ended. No cell: none is left over. */
export const overdueKey: ByteKey = `${cellPrefix.global}overdue`

export const overdueCodec: CellCodec<number> = {
  toValue: epoch => epoch,
  fromValue: value => value as number,
  money: noMoney,
}

export const treasuryCodec: CellCodec<Amount> = {
  toValue: amount => amount,
  fromValue: value => value as Amount,
  money: amount => amount,
}

export const paramsCodec: CellCodec<Params> = {
  toValue: params => params as unknown as Value,
  fromValue: value => value as unknown as Params,
  money: noMoney,
}

/** The sets of the last epoch, of the next and of the one after. */
export interface SetsCell {
  readonly previous: ValidatorSet
  readonly current: ValidatorSet
  readonly next: ValidatorSet
}

export const setsCodec: CellCodec<SetsCell> = {
  toValue: cell => [cell.previous, cell.current, cell.next].map(encodeValidatorSet),
  fromValue(value) {
    const [previous, current, next] = (value as Uint8Array[]).map(decodeValidatorSet)
    return { previous: previous!, current: current!, next: next! }
  },
  money: noMoney,
}

/** T13: in which epoch's `lastCertificate` an account was last seen, for those who were within the window. By account. */
export type AttendanceCell = readonly (readonly [account: AccountKey, epoch: number])[]

export const attendanceCodec: CellCodec<AttendanceCell> = {
  toValue: cell => cell.map(([account, epoch]) => [keyBytes(account), epoch]),
  fromValue: value => (value as [Uint8Array, number][]).map(([account, epoch]) => [bytesKey(account), epoch]),
  money: noMoney,
}
