import { createHash } from 'node:crypto'

/** Integers below a bound, the same for the same seed. */
export function drawer(seed: number): (bound: number) => number {
  let count = 0
  return bound => {
    const digest = createHash('sha256').update(`openledger/kills/${seed}/${count++}`).digest()
    return Number(digest.readBigUInt64BE() % BigInt(bound))
  }
}
