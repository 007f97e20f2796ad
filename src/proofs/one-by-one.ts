/** Heavy work, one after the other: however many ask at once, they take no more than one's share of the processor. */
export class OneByOne {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => {})
    return turn
  }
}
