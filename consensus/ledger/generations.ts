/**
 * Values that can be had again at the price of reading them, held up to a weight. Two generations stand for the order of use: what is
 * asked for again is young again, the old ones go all at once.
 */
export class Generations<Key, Value> {
  readonly #weightOf: (value: Value) => number
  readonly #generationMax: number
  #young = new Map<Key, Value>()
  #old = new Map<Key, Value>()
  #youngWeight = 0
  #oldWeight = 0

  /** A value that alone weighs more than half of `weightMax` is held all the same, by itself. */
  constructor(weightMax: number, weightOf: (value: Value) => number) {
    this.#generationMax = Math.floor(weightMax / 2)
    this.#weightOf = weightOf
  }

  /** Of all values in memory; one that is young again may count twice. */
  get weight(): number {
    return this.#youngWeight + this.#oldWeight
  }

  get(key: Key): Value | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  /** Of a key that isn't held. */
  set(key: Key, value: Value): void {
    const weight = this.#weightOf(value)
    if (this.#youngWeight + weight > this.#generationMax) {
      this.#old = this.#young
      this.#oldWeight = this.#youngWeight
      this.#young = new Map()
      this.#youngWeight = 0
    }
    this.#young.set(key, value)
    this.#youngWeight += weight
  }
}
