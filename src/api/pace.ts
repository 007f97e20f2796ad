/**
 * Begins one answer in each turn of the event loop. However many ask at once, whatever else the process has to do gets its turn
 * between two of them: the agreement's messages wait for one answer, not for all.
 */
export class Pace {
  readonly #first: (() => void)[] = []
  readonly #rest: (() => void)[] = []
  #isSet = false

  /** Resolves at one's turn; who is `first` passes the others. */
  turn(first: boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const queue = first ? this.#first : this.#rest
    queue.push(resolve)
    this.#set()
    return promise
  }

  #set(): void {
    if (this.#isSet) return
    this.#isSet = true
    setImmediate(() => {
      this.#isSet = false
      const next = this.#first.shift() ?? this.#rest.shift()
      if (this.#first.length + this.#rest.length > 0) this.#set()
      next?.()
    })
  }
}
