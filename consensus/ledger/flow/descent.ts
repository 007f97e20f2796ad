import { type ByteKey, compareKeys } from '../../bytes.ts'

/**
 * Visits keys by descending height, ties by key. A visit may add keys of a lower height than its own: what is built on is
 * always lower than what builds on it.
 */
export class Descent {
  readonly #levels = new Map<number, Set<ByteKey>>()
  #highest = -1
  /** Distinct keys added so far. */
  size = 0

  add(key: ByteKey, height: number): void {
    let level = this.#levels.get(height)
    if (level === undefined) {
      level = new Set()
      this.#levels.set(height, level)
      this.#highest = Math.max(this.#highest, height)
    }
    if (level.has(key)) return
    level.add(key)
    this.size++
  }

  run(visit: (key: ByteKey) => void): void {
    for (let height = this.#highest; height >= 0; height--) {
      const level = this.#levels.get(height)
      if (level === undefined) continue
      for (const key of [...level].sort(compareKeys)) visit(key)
    }
  }
}
