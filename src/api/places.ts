import { LedgerError } from '../../consensus/errors.ts'
import { networkOf } from './allowance.ts'

export interface PlaceLimits {
  /** What they are, for who finds none free. */
  readonly what: string
  readonly max: number
  readonly perAddressMax: number
}

/** A bound on what goes on at the same time, in all and for one address. */
export class Places {
  readonly #limits: PlaceLimits
  readonly #taken = new Map<string, number>()
  #count = 0

  constructor(limits: PlaceLimits) {
    this.#limits = limits
  }

  /** A place until it is given back. Throws LedgerError `busy`. `address` undefined: one that only the whole bounds. */
  take(address: string | undefined): () => void {
    const { what, max, perAddressMax } = this.#limits
    if (this.#count >= max) throw busy(`${what}: ${max} at once are all that this node takes`)
    const key = address === undefined ? undefined : networkOf(address)
    const own = key === undefined ? 0 : (this.#taken.get(key) ?? 0)
    if (own >= perAddressMax) throw busy(`${what}: ${perAddressMax} at once are all that one address may have`)
    this.#count++
    if (key !== undefined) this.#taken.set(key, own + 1)
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#count--
      if (key === undefined) return
      const left = this.#taken.get(key)! - 1
      if (left === 0) this.#taken.delete(key)
      else this.#taken.set(key, left)
    }
  }
}

function busy(message: string): LedgerError {
  return new LedgerError('busy', message, { retryAfterMs: 1_000 }, 'try again in a moment')
}
