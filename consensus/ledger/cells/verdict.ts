import type { AccountKey } from '../../account.ts'
import type { ByteKey } from '../../bytes.ts'
import type { RefKey } from '../../ref.ts'
import { type CellCodec, cellPrefix, noMoney } from './cell.ts'

/** E6: a reviewer's last word on an asset. */
export interface VerdictCell {
  readonly accept: boolean
}

export function verdictCellKey(asset: RefKey, reviewer: AccountKey): ByteKey {
  return cellPrefix.verdict + asset + reviewer
}

export const verdictCodec: CellCodec<VerdictCell> = {
  toValue: cell => cell.accept,
  fromValue: value => ({ accept: value as boolean }),
  money: noMoney,
}
