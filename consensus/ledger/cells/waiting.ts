import type { Amount } from '../../amount.ts'
import type { ByteKey } from '../../bytes.ts'
import type { RefKey } from '../../ref.ts'
import { type CellCodec, cellPrefix } from './cell.ts'

/** F3: the data part of a model with an attributor, until its attribution. */
export interface WaitingCell {
  readonly amount: Amount
  /** Epoch in which the window ends and what waits is treated as unnamed. */
  readonly until: number
}

export function waitingCellKey(model: RefKey): ByteKey {
  return cellPrefix.waiting + model
}

export const waitingCodec: CellCodec<WaitingCell> = {
  toValue: cell => [cell.amount, cell.until],
  fromValue(value) {
    const [amount, until] = value as [Amount, number]
    return { amount, until }
  },
  money: cell => cell.amount,
}
