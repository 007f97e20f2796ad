import { LedgerError } from '../../consensus/errors.ts'
import type { ApiSource } from './api-source.ts'

/** What there is to answer from before there is a ledger. */
export interface EarlySource {
  /** Prometheus text; undefined where nothing is measured. */
  readonly metrics: (() => Promise<string>) | undefined
}

/** What an API answers from, as its process goes: at first nothing, then a ledger, which it keeps until it has stopped. */
export class Stage {
  #source: ApiSource | undefined
  #waitsFor = 'starting: the ledger is being opened'
  readonly #stop = new AbortController()
  readonly early: EarlySource

  constructor(earlyMetrics?: () => Promise<string>) {
    this.early = { metrics: earlyMetrics }
  }

  /** Undefined until the ledger is open. */
  get source(): ApiSource | undefined {
    return this.#source
  }

  /** Aborts when the process was told to stop. */
  get stopping(): AbortSignal {
    return this.#stop.signal
  }

  /** Says what there is no ledger yet for: a word, then how far it is. */
  wait(reason: string): void {
    this.#waitsFor = reason
  }

  open(source: ApiSource): void {
    this.#source = source
  }

  stop(): void {
    this.#stop.abort()
  }

  /** Why there is nothing to answer from. */
  refusal(): LedgerError {
    if (this.#stop.signal.aborted) return stoppingError()
    return new LedgerError('not-ready', this.#waitsFor, {}, 'wait: openledger status tells how far it is')
  }
}

export function stoppingError(): LedgerError {
  return new LedgerError('not-ready', 'stopping: the node was told to end', {}, 'ask when it was started again')
}
