/** Lets at most `atOnce` callers through; the others wait for their turn, first come, first served. */
export class Turns {
  readonly #atOnce: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(atOnce: number) {
    this.#atOnce = atOnce
  }

  get isIdle(): boolean {
    return this.#running === 0
  }

  /** Resolves at one's turn; `done` must follow. Rejects with the signal's reason without taking a turn. */
  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#running < this.#atOnce) {
      this.#running++
      return
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push(resolve)
    const onAbort = () => {
      const place = this.#waiting.indexOf(resolve)
      // Gone from the queue: the turn was given just now, and the caller must hand it on.
      if (place < 0) return
      this.#waiting.splice(place, 1)
      reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    await promise.finally(() => signal.removeEventListener('abort', onAbort))
  }

  done(): void {
    const next = this.#waiting.shift()
    // The turn goes over without the count changing.
    if (next !== undefined) next()
    else this.#running--
  }
}
