import { isIPv6 } from 'node:net'

/** What one address may ask: on average, and at once. A plain lookup costs 1, and takes a fifth of a millisecond. */
export interface AllowanceLimits {
  readonly perSecond: number
  readonly burst: number
  /** Remembered; beyond, those at rest are forgotten, then the oldest. */
  readonly addressesMax: number
}

interface Purse {
  tokens: number
  atMs: number
}

/** How much each address may still ask. */
export class Allowances {
  readonly #limits: AllowanceLimits
  /** By address, the one that was first seen first. */
  readonly #purses = new Map<string, Purse>()

  constructor(limits: AllowanceLimits) {
    this.#limits = limits
  }

  /** 0 where the cost was taken; else nothing was, and so many milliseconds must pass. */
  take(address: string, cost: number, nowMs: number): number {
    const purse = this.#purse(networkOf(address), nowMs)
    const { perSecond, burst } = this.#limits
    const needed = Math.min(cost, burst)
    if (purse.tokens < needed) return Math.ceil(((needed - purse.tokens) * 1000) / perSecond)
    purse.tokens -= needed
    return 0
  }

  #purse(key: string, nowMs: number): Purse {
    const known = this.#purses.get(key)
    if (known !== undefined) return this.#filled(known, nowMs)
    if (this.#purses.size >= this.#limits.addressesMax) this.#forget(nowMs)
    const purse = { tokens: this.#limits.burst, atMs: nowMs }
    this.#purses.set(key, purse)
    return purse
  }

  #filled(purse: Purse, nowMs: number): Purse {
    const { perSecond, burst } = this.#limits
    purse.tokens = Math.min(burst, purse.tokens + (Math.max(0, nowMs - purse.atMs) * perSecond) / 1000)
    purse.atMs = nowMs
    return purse
  }

  #forget(nowMs: number): void {
    for (const [key, purse] of this.#purses) {
      if (this.#filled(purse, nowMs).tokens >= this.#limits.burst) this.#purses.delete(key)
    }
    for (const key of this.#purses.keys()) {
      if (this.#purses.size < this.#limits.addressesMax) return
      this.#purses.delete(key)
    }
  }
}

/** Who has one IPv6 address has 2^64 of them: their network is what counts. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped !== null) return mapped[1]!
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('%')[0]!.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : new Array<string>(8 - left.length - right.length).fill('0')
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}
