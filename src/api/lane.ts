import { LedgerError } from '../../consensus/errors.ts'
import { Turns } from '../../network/turns.ts'
import { eventStreams, exportStreams, heavyAtOnce, heavyMsMax, heavyWaiting } from './limits.ts'
import { Places } from './places.ts'
import type { Answer, Asked } from './route.ts'

/**
 * What bounds answers that are dear. The operator has a lane of their own, so that nothing that all others ask keeps them waiting, or
 * takes the last place.
 */
export class Lane {
  readonly #turns = new Turns(heavyAtOnce)
  readonly #waiting = new Places(heavyWaiting)
  readonly #exports = new Places(exportStreams)
  readonly #streams: Readonly<Partial<Record<Answer['kind'], Places>>> = {
    lines: this.#exports,
    stream: this.#exports,
    events: new Places(eventStreams),
  }

  readonly #heavyMs: number

  constructor(heavyMs = heavyMsMax) {
    this.#heavyMs = heavyMs
  }

  /** Undefined for answers that are no streams. */
  streams(kind: Answer['kind']): Places | undefined {
    return this.#streams[kind]
  }

  /**
   * Works an answer out when its turn comes; who isn't the operator gets what can be worked out within its time. `address` undefined:
   * the operator. Throws LedgerError `busy`.
   */
  async workOut<T>(address: string | undefined, asked: Asked, work: (asked: Asked) => Promise<T>): Promise<T> {
    const leave = this.#waiting.take(address)
    try {
      await this.#turns.take(asked.signal)
      try {
        return await (asked.isTrusted ? work(asked) : inTime(asked, this.#heavyMs, work))
      } finally {
        this.#turns.done()
      }
    } finally {
      leave()
    }
  }
}

async function inTime<T>(asked: Asked, msMax: number, work: (asked: Asked) => Promise<T>): Promise<T> {
  const late = AbortSignal.timeout(msMax)
  try {
    return await work({ ...asked, signal: AbortSignal.any([asked.signal, late]) })
  } catch (error) {
    if (!late.aborted || error instanceof LedgerError) throw error
    throw new LedgerError(
      'busy',
      `the answer: not worked out within ${msMax} ms`,
      {},
      'ask about fewer epochs, with ?from=M&to=N',
    )
  }
}
