import { InvariantError } from './errors.ts'

/** µOPEN. A safe non-negative integer: the supply is at most `supplyMax`. */
export type Amount = number
/** Parts per million; 1,000,000 is all. */
export type Ppm = number

export const ppmWhole = 1_000_000
export const supplyMax: Amount = 1_000_000_000_000_000

/**
 * E3: splits `amount` by `weights` with prefix sums C₀ = 0 … Cₙ = W; part i is ⌊amount·Cᵢ/W⌋ − ⌊amount·Cᵢ₋₁/W⌋.
 * The parts sum to exactly `amount`. The only way money is split.
 */
export function divide(amount: Amount, weights: readonly (number | bigint)[]): Amount[] {
  let whole = 0n
  for (const weight of weights) whole += BigInt(weight)
  if (whole === 0n) throw new InvariantError('E3', 'divide by weights that sum to nothing', { amount })
  const parts: Amount[] = new Array(weights.length)
  // Where the products are safe integers, plain numbers give the same and take a tenth of the time.
  const exactInNumbers = whole * BigInt(amount) <= BigInt(Number.MAX_SAFE_INTEGER)
  const boundary = exactInNumbers ? shareInNumbers(amount, Number(whole)) : shareInBigInts(amount, whole)
  let before = 0
  for (let i = 0; i < weights.length; i++) {
    const upTo = boundary(weights[i]!)
    parts[i] = upTo - before
    before = upTo
  }
  return parts
}

function shareInNumbers(amount: Amount, whole: number): (weight: number | bigint) => Amount {
  let prefix = 0
  return weight => {
    prefix += Number(weight)
    return Math.floor((amount * prefix) / whole)
  }
}

function shareInBigInts(amount: Amount, whole: bigint): (weight: number | bigint) => Amount {
  let prefix = 0n
  return weight => {
    prefix += BigInt(weight)
    return share(amount, prefix, whole)
  }
}

/** ⌊amount·prefix/whole⌋: one boundary of `divide`. A verifier recomputes a part from two of them. */
export function share(amount: Amount, prefix: bigint, whole: bigint): Amount {
  return Number((BigInt(amount) * prefix) / whole)
}

/** `divide(amount, [ppm, rest])` without the list, exact in plain numbers: most splits are of two parts. */
export function splitPpm(amount: Amount, ppm: Ppm): [part: Amount, rest: Amount] {
  // amount = high·10^6 + low: high·ppm ≤ amount and low·ppm < 10^12 are safe integers.
  const high = Math.floor(amount / ppmWhole)
  const low = amount - high * ppmWhole
  const part = high * ppm + Math.floor((low * ppm) / ppmWhole)
  return [part, amount - part]
}

/** Adds amounts that belong to the supply; beyond it, something minted money. */
export function addAmounts(a: Amount, b: Amount): Amount {
  const sum = a + b
  if (sum > supplyMax) throw new InvariantError('E2', 'an amount above the supply', { a, b })
  return sum
}
