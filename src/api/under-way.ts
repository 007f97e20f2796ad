import type { ServerResponse } from 'node:http'

/** Answers that have been asked for, and are neither sent nor given up. */
export class UnderWay {
  #count = 0
  readonly #ends = new Set<() => void>()

  add(response: ServerResponse): void {
    this.#count++
    response.once('close', () => {
      this.#count--
      if (this.#count === 0) for (const end of this.#ends) end()
    })
  }

  /** Resolves when there are none, at the latest after `msMax`. */
  async none(msMax: number): Promise<void> {
    if (this.#count === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, msMax)
    this.#ends.add(resolve)
    await promise
    this.#ends.delete(resolve)
    clearTimeout(timer)
  }
}
