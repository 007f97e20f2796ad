/** Aborts its signal, for a given reason, once nothing was heard for too long, however long the whole may take. */
export class Silence {
  readonly #limitMs: number
  readonly #reason: () => Error
  readonly #broken = new AbortController()
  #timer: NodeJS.Timeout | undefined

  /** Silent for at most so many ms, from `listen` on. */
  constructor(limitMs: number, reason: () => Error) {
    this.#limitMs = limitMs
    this.#reason = reason
  }

  get signal(): AbortSignal {
    return this.#broken.signal
  }

  listen(): void {
    this.#timer = setTimeout(() => this.#broken.abort(this.#reason()), this.#limitMs)
  }

  heard(): void {
    this.#timer?.refresh()
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
