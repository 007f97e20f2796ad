/** T8: one signer's message is passed on at most this often. */
const intervalMs = 1_000
const knownMax = 16_384

/** Remembers when a message was last passed on, under whatever attempt number. */
export class ForwardLimit {
  readonly #now: () => number
  readonly #lastMs = new Map<string, number>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** Whether it was passed on just now, so that it needn't even be looked at. */
  isRecent(message: string): boolean {
    const last = this.#lastMs.get(message)
    return last !== undefined && this.#now() - last < intervalMs
  }

  /** `message`: its digest, for messages are large and many. */
  mayForward(message: string): boolean {
    if (this.isRecent(message)) return false
    const now = this.#now()
    this.#lastMs.delete(message)
    this.#lastMs.set(message, now)
    // Oldest first: a map keeps the order of insertion.
    if (this.#lastMs.size > knownMax) this.#lastMs.delete(this.#lastMs.keys().next().value!)
    return true
  }
}
