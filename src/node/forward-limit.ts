/** T8: one signer's message is passed on at most this often. */
const intervalMs = 1_000
const knownMax = 16_384
/** An honest signer has two votes and at most one proposal in a round, and repeats those of two rounds: the rest is a flood. */
const perSignerMax = 64

/** Remembers when a message was last passed on, under whatever attempt number. */
export class ForwardLimit {
  readonly #now: () => number
  readonly #lastMs = new Map<string, number>()
  /** By signer, in the interval under way. */
  readonly #passed = new Map<number, number>()
  #intervalAtMs = 0

  constructor(now: () => number) {
    this.#now = now
  }

  /** Whether it was passed on just now, so that it needn't even be looked at. */
  isRecent(message: string): boolean {
    const last = this.#lastMs.get(message)
    return last !== undefined && isWithin(this.#now(), last)
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

  /** Whether the signer, by its index, hasn't had its share of this second: it can sign votes of any number of rounds. */
  maySignerPass(signer: number): boolean {
    const now = this.#now()
    if (!isWithin(now, this.#intervalAtMs)) {
      this.#intervalAtMs = now
      this.#passed.clear()
    }
    const passed = this.#passed.get(signer) ?? 0
    this.#passed.set(signer, passed + 1)
    return passed < perSignerMax
  }
}

/** What was in the future is over: a clock that was set back must not hold messages up until it is there again. */
function isWithin(now: number, since: number): boolean {
  return now >= since && now - since < intervalMs
}
