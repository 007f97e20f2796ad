import type { Amount } from '../../amount.ts'
import type { FlowId, ListName } from '../../ledger/flow/flow.ts'
import type { RefKey } from '../../ref.ts'

/** Where money entered: by the fees of `from`, through one of its lists. */
export interface Cause {
  readonly from: FlowId
  readonly list: ListName | 'fees'
  /** Where it went first: the asset that was named, or the model that was billed. */
  readonly entered: RefKey
  readonly amount: Amount
}

/** Causes added up by what they are. */
export class Causes {
  readonly #causes = new Map<string, { -readonly [K in keyof Cause]: Cause[K] }>()

  add(from: FlowId, list: Cause['list'], entered: RefKey, amount: Amount): void {
    if (amount === 0) return
    const key = `${from.kind}/${list}/${from.key}${entered}`
    const known = this.#causes.get(key)
    if (known === undefined) this.#causes.set(key, { from, list, entered, amount })
    else known.amount += amount
  }

  all(): Cause[] {
    return [...this.#causes.values()]
  }
}

/**
 * Amounts on their way back to where they came from. Money comes from above alone, so what is lowest is followed first: each asset or
 * model is visited once, however many ways lead through it.
 */
export class Climb {
  readonly #levels = new Map<number, Map<RefKey, Amount>>()

  add(ref: RefKey, height: number, amount: Amount): void {
    if (amount === 0) return
    let level = this.#levels.get(height)
    if (level === undefined) {
      level = new Map()
      this.#levels.set(height, level)
    }
    level.set(ref, (level.get(ref) ?? 0) + amount)
  }

  /** All that is lowest; undefined at the end. What is added later has to be higher. */
  next(): [RefKey, Amount][] | undefined {
    if (this.#levels.size === 0) return undefined
    let lowest = Number.POSITIVE_INFINITY
    for (const height of this.#levels.keys()) lowest = Math.min(lowest, height)
    const level = this.#levels.get(lowest)!
    this.#levels.delete(lowest)
    return [...level]
  }
}
