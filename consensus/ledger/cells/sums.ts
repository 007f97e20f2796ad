import type { Amount } from '../../amount.ts'
import type { ByteKey } from '../../bytes.ts'
import { type CellCodec, cellPrefix, noMoney } from './cell.ts'

/** Sums over cells that an epoch can't afford to add up anew. */
export interface SumsCell {
  /** Everything there is. */
  readonly supply: Amount
  /** In waiting cells. */
  readonly waiting: Amount
  /** With validators, for delegations that haven't settled. */
  readonly accrued: Amount
}

export const sumsKey: ByteKey = `${cellPrefix.global}sums`

export const sumsCodec: CellCodec<SumsCell> = {
  toValue: cell => [cell.supply, cell.waiting, cell.accrued],
  fromValue(value) {
    const [supply, waiting, accrued] = value as [Amount, Amount, Amount]
    return { supply, waiting, accrued }
  },
  money: noMoney,
}
