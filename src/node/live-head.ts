import type { HeadWatch } from '../api/ledger-pages.ts'
import type { ChainHead } from './chain-head.ts'
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

  /** `now` in ms, monotonic; `stillMs`: for how long no epoch had become final when the node started. */
  constructor(ledger: Pick<Ledger, 'head' | 'onEpoch'>, { now = () => performance.now(), stillMs = 0 } = {}) {
    this.#ledger = ledger
    this.#now = now
    this.#advancedAtMs = now() - stillMs
    ledger.onEpoch(({ epoch }) => {
      this.#advancedAtMs = this.#now()
      for (const waiting of this.#waiting) if (waiting.epoch <= epoch) waiting.wake()
    })
  }

  get epoch(): number {
    return this.#ledger.head.epoch
  }

  /** Since the last epoch became final, milliseconds. */
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

/**
 * For how long no epoch had become final when a node starts, milliseconds: what it has may be old, and it takes no part before
 * it has found others. A network that has yet to begin, and a validator that decides alone, are as they should be.
 */
export function stillAtStart({ checkpoint, validators }: ChainHead, isValidator: boolean, nowMs: number): number {
  if (checkpoint === null || (isValidator && validators.length === 1)) return 0
  return Math.max(0, nowMs - checkpoint.time)
}
