import type { AccountKey } from '../../account.ts'
import type { Amount } from '../../amount.ts'
import type { ByteKey } from '../../bytes.ts'
import type { Cid } from '../../cid.ts'
import { type CellCodec, cellPrefix } from './cell.ts'

export interface AccountCell {
  readonly balance: Amount
  /** Everything the account ever earned; `creditMax` also stands for more. */
  readonly credit: Amount
  /** Sequence number of its last final batch; 0 before the first. */
  readonly seq: number
  /** That batch. */
  readonly head: Cid | null
}

export const creditMax: Amount = Number.MAX_SAFE_INTEGER

export const emptyAccount: AccountCell = { balance: 0, credit: 0, seq: 0, head: null }

export function accountCellKey(account: AccountKey): ByteKey {
  return cellPrefix.account + account
}

export const accountCodec: CellCodec<AccountCell> = {
  toValue: cell => [cell.balance, cell.credit, cell.seq, cell.head],
  fromValue(value) {
    const [balance, credit, seq, head] = value as [Amount, Amount, number, Cid | null]
    return { balance, credit, seq, head }
  },
  money: cell => cell.balance,
}
