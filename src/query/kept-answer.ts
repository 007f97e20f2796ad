/** An answer that is dear and the same for a whole epoch: worked out once, whoever asks meanwhile waits for it. */
export class KeptAnswer<T> {
  #kept: { readonly epoch: number; readonly answer: Promise<T> } | undefined

  /** What `work` comes to at this epoch; of older ones nothing is kept. */
  get(epoch: number, work: () => Promise<T>): Promise<T> {
    if (this.#kept?.epoch === epoch) return this.#kept.answer
    const answer = work()
    const kept = { epoch, answer }
    this.#kept = kept
    // What failed is tried again.
    answer.catch(() => {
      if (this.#kept === kept) this.#kept = undefined
    })
    return answer
  }
}
