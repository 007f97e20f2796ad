import type { HeadWatch } from '../api/ledger-pages.ts'
import type { Ledger } from './ledger.ts'

interface Waiting {
  readonly epoch: number
  wake(): void
}

/** The newest epoch of a running node, for who waits for a later one. */
export class LiveHead implements HeadWatch {
  readonly #ledger: Pick<Ledger, 'head' | 'onEpoch'>
  readonly #waiting = new Set<Waiting>()
  readonly #now: () => number
  #advancedAtMs: number

  /** `now` in ms, monotonic. */
  constructor(ledger: Pick<Ledger, 'head' | 'onEpoch'>, now = () => performance.now()) {
    this.#ledger = ledger
    this.#now = now
    this.#advancedAtMs = now()
    ledger.onEpoch(({ epoch }) => {
      this.#advancedAtMs = this.#now()
      for (const waiting of this.#waiting) if (waiting.epoch <= epoch) waiting.wake()
    })
  }

  get epoch(): number {
    return this.#ledger.head.epoch
  }

  /** Since the last epoch became final here, or since the start. */
  get stillMs(): number {
    return this.#now() - this.#advancedAtMs
  }

  async until(epoch: number, { waitMs, signal }: { waitMs: number; signal?: AbortSignal }): Promise<void> {
    if (this.epoch >= epoch || signal?.aborted === true) return
    await new Promise<void>(resolve => {
      const wake = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', wake)
        this.#waiting.delete(waiting)
        resolve()
      }
      const waiting: Waiting = { epoch, wake }
      const timer = setTimeout(wake, waitMs)
      signal?.addEventListener('abort', wake)
      this.#waiting.add(waiting)
    })
  }
}
