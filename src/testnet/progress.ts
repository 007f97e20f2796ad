import type { EpochStatus } from '../api/node-view.ts'
import type { Tally } from '../scenario/tally.ts'

const windowMs = 10_000

/** How far a testnet's scenario is, and how fast. */
export class Progress {
  readonly total: number
  readonly startedMs: number
  epoch = 0
  finalized = 0
  /** µOPEN paid out so far. */
  paid = 0
  readonly #now: () => number
  /** [time, finalized then], of the last seconds. */
  readonly #samples: [number, number][] = []

  constructor(total: number, now: () => number) {
    this.total = total
    this.#now = now
    this.startedMs = now()
    this.#samples.push([this.startedMs, 0])
  }

  take({ epoch, totals }: EpochStatus, { finalized }: Tally): void {
    this.epoch = epoch
    this.finalized = finalized
    this.paid += totals.paid
    const now = this.#now()
    this.#samples.push([now, finalized])
    while (this.#samples.length > 2 && now - this.#samples[1]![0] > windowMs) this.#samples.shift()
  }

  /** Records that became final per second, lately. */
  get rate(): number {
    const [sinceMs, before] = this.#samples[0]!
    const passedMs = this.#now() - sinceMs
    return passedMs <= 0 ? 0 : ((this.finalized - before) * 1000) / passedMs
  }
}
