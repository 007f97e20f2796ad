import type { AccountKey } from '../../account.ts'
import type { Amount } from '../../amount.ts'
import type { ByteKey } from '../../bytes.ts'
import type { Value } from '../../cbor/value.ts'
import type { RefKey } from '../../ref.ts'
import { bytesKey, type CellCodec, cellPrefix, keyBytes } from './cell.ts'

export interface SessionCell {
  readonly payer: AccountKey
  readonly payee: AccountKey
  readonly deposit: Amount
  /** Last epoch in which it can be used. */
  readonly expires: number
  /** Models and agents it pays for; empty: all. */
  readonly for: readonly RefKey[]
  /** The payer's best signed total, at most the deposit. */
  readonly total: Amount
  readonly settled: Amount
}

export function sessionCellKey(ref: RefKey): ByteKey {
  return cellPrefix.session + ref
}

export const sessionCodec: CellCodec<SessionCell> = {
  toValue: cell => [
    keyBytes(cell.payer),
    keyBytes(cell.payee),
    cell.deposit,
    cell.expires,
    cell.for.map(keyBytes),
    cell.total,
    cell.settled,
  ],
  fromValue(value) {
    const list = value as Value[]
    return {
      payer: bytesKey(list[0]),
      payee: bytesKey(list[1]),
      deposit: list[2] as Amount,
      expires: list[3] as number,
      for: (list[4] as Value[]).map(bytesKey),
      total: list[5] as Amount,
      settled: list[6] as Amount,
    }
  },
  money: cell => cell.deposit - cell.settled,
}
