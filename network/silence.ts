/** Aborts its signal once nothing was heard for too long, however long the whole may take. */
export class Silence {
  readonly #limitMs: number
  readonly #broken = new AbortController()
  #timer: NodeJS.Timeout | undefined

  /** Silent for at most so many ms, from `listen` on. */
  constructor(limitMs: number) {
    this.#limitMs = limitMs
  }

  get signal(): AbortSignal {
    return this.#broken.signal
  }

  listen(): void {
    this.#timer = setTimeout(() => this.#broken.abort(new Error(`silent for ${this.#limitMs} ms`)), this.#limitMs)
  }

  heard(): void {
    this.#timer?.refresh()
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
