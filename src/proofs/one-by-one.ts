import { Turns } from '../../network/turns.ts'

/** Heavy work, one after the other: however many ask at once, they take no more than one's share of the processor. */
export class OneByOne {
  readonly #turns = new Turns(1)

  /** Rejects with the signal's reason where that comes before one's turn: nothing is done for who is gone by then. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal = new AbortController().signal): Promise<T> {
    await this.#turns.take(signal)
    try {
      signal.throwIfAborted()
      return await work()
    } finally {
      this.#turns.done()
    }
  }
}
