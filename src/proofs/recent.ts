/** Keeps what was used last, up to a weight; of what is heavier than all of it, only the newest. */
export class Recent<T> {
  readonly #weightMax: number
  readonly #weigh: (value: T) => number
  /** Least recently used first. */
  readonly #values = new Map<string, T>()

  constructor(weightMax: number, weigh: (value: T) => number) {
    this.#weightMax = weightMax
    this.#weigh = weigh
  }

  get(key: string): T | undefined {
    const value = this.#values.get(key)
    if (value === undefined) return undefined
    this.#values.delete(key)
    this.#values.set(key, value)
    return value
  }

  set(key: string, value: T): void {
    this.#values.delete(key)
    this.#values.set(key, value)
    this.trim()
  }

  /** Values may grow while they are kept: weighed anew, the oldest go. */
  trim(): void {
    let weight = 0
    for (const value of this.#values.values()) weight += this.#weigh(value)
    for (const [key, value] of this.#values) {
      if (weight <= this.#weightMax || this.#values.size === 1) return
      weight -= this.#weigh(value)
      this.#values.delete(key)
    }
  }
}
