import type { AccountKey } from '../../../consensus/account.ts'
import type { Amount } from '../../../consensus/amount.ts'

/** Accounts, or pairs of them, that are kept apart: some tens of MB. Who comes when it is full is left out. */
export const accountsMax = 250_000

/** A map of the last days that says whether it had no room in one of them. */
class BoundedMap<V> {
  readonly map = new Map<string, V>()
  protected readonly days: number
  readonly #max: number
  /** Days after which all that was left out would have been forgotten anyway; 0 where nothing was. */
  #partialDays = 0

  constructor(days: number, max = accountsMax) {
    this.days = days
    this.#max = max
  }

  get isPartial(): boolean {
    return this.#partialDays > 0
  }

  set(key: string, value: V): void {
    if (this.map.size >= this.#max && !this.map.has(key)) this.#partialDays = this.days
    else this.map.set(key, value)
  }

  /** When it had no room isn't kept: it may have been just now. */
  restore(entries: readonly (readonly [string, V])[], isPartial: boolean): void {
    for (const [key, value] of entries) this.map.set(key, value)
    this.#partialDays = isPartial ? this.days : 0
  }

  protected pass(days: number): void {
    this.#partialDays = Math.max(0, this.#partialDays - days)
  }
}

/** On which of the last days an account paid: a bit for each day, the lowest is today. */
export class Payers extends BoundedMap<number> {
  get #mask(): number {
    return (1 << this.days) - 1
  }

  get count(): number {
    return this.map.size
  }

  paid(account: AccountKey): void {
    this.set(account, (this.map.get(account) ?? 0) | 1)
  }

  turn(days: number): void {
    this.pass(days)
    for (const [account, bits] of this.map) {
      const left = days > 30 ? 0 : (bits << days) & this.#mask
      if (left === 0) this.map.delete(account)
      else this.map.set(account, left)
    }
  }

  /** Those with at least two days. */
  recurring(): number {
    let count = 0
    for (const bits of this.map.values()) if ((bits & (bits - 1)) !== 0) count++
    return count
  }

  all(): [AccountKey, number][] {
    return [...this.map]
  }
}

/** Which payers had OPEN from which payees: the day on which the pair last had to do with each other. */
export class Funding extends BoundedMap<number> {
  fund(payer: AccountKey, payee: AccountKey, day: number): void {
    this.set(payer + payee, day)
  }

  /** Asked for a fee, which keeps the pair in mind. */
  isFunded(payer: AccountKey, payee: AccountKey, day: number): boolean {
    const pair = payer + payee
    if (!this.map.has(pair)) return false
    this.map.set(pair, day)
    return true
  }

  turn(today: number, days: number): void {
    this.pass(days)
    for (const [pair, day] of this.map) if (day <= today - this.days) this.map.delete(pair)
  }

  all(): [string, number][] {
    return [...this.map]
  }
}

/** What accounts were paid on each of the last days, today first. */
export class Earned extends BoundedMap<Amount[]> {
  add(account: AccountKey, amount: Amount): void {
    const known = this.map.get(account)
    if (known !== undefined) known[0]! += amount
    else this.set(account, [amount])
  }

  turn(days: number): void {
    this.pass(days)
    for (const [account, amounts] of this.map) {
      const kept = days >= this.days ? [] : amounts.slice(0, this.days - days)
      if (kept.every(amount => amount === 0)) this.map.delete(account)
      else this.map.set(account, [...new Array<number>(days).fill(0), ...kept])
    }
  }

  sums(): Float64Array {
    const sums = new Float64Array(this.map.size)
    let i = 0
    for (const amounts of this.map.values()) sums[i++] = amounts.reduce((sum, amount) => sum + amount, 0)
    return sums
  }

  all(): [AccountKey, Amount[]][] {
    return [...this.map]
  }
}
