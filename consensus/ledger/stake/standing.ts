import { type Amount, type Ppm, ppmWhole, splitPpm } from '../../amount.ts'
import type { PositionCell, UnbondingCell } from '../cells/position.ts'
import type { SlashCell } from '../cells/slash.ts'
import type { ValidatorCell } from '../cells/validator.ts'

/** A slash of one validator, by its number. */
export type SlashOf = (number: number) => SlashCell

/** What a position comes to now. */
export interface Standing {
  readonly amount: Amount
  /** Earned since it last changed. */
  readonly earned: Amount
}

const indexScale = 1_000_000_000_000n

/** F5: how much the index rises when `rest` is earned on `bonded`. */
export function indexRise(rest: Amount, bonded: Amount): bigint {
  return (BigInt(rest) * indexScale) / BigInt(bonded)
}

/**
 * What is left of an amount after a slash. Rounded down for each position as for all of them together, so that the parts never
 * come to more than the whole.
 */
export function afterSlash(amount: Amount, taken: Ppm): Amount {
  return splitPpm(amount, ppmWhole - taken)[0]
}

/** F5, T13: amount and earnings, stretch by stretch from one slash to the next. Ends early where nothing is left to be slashed. */
export function standing(
  position: PositionCell,
  validator: Pick<ValidatorCell, 'index' | 'slashes'>,
  slashOf: SlashOf,
): Standing {
  let { amount, index } = position
  let scaled = 0n
  for (let number = position.slashes; number < validator.slashes && amount > 0; number++) {
    const slash = slashOf(number)
    scaled += BigInt(amount) * (slash.index - index)
    index = slash.index
    amount = afterSlash(amount, slash.taken)
  }
  scaled += BigInt(amount) * (validator.index - index)
  return { amount, earned: Number(scaled / indexScale) }
}

/** What is left of stake on its way out. */
export function unbondingAmount(
  entry: UnbondingCell,
  validator: Pick<ValidatorCell, 'slashes'>,
  slashOf: SlashOf,
): Amount {
  let { amount } = entry
  for (let number = entry.slashes; number < validator.slashes && amount > 0; number++) {
    amount = afterSlash(amount, slashOf(number).taken)
  }
  return amount
}
