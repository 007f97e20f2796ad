import { LedgerError } from '../../consensus/errors.ts'
import type { RefKey } from '../../consensus/ref.ts'
import type { EconomyView, Epochs } from '../api/economy-view.ts'
import type { Attendance } from '../api/schema/attendance.ts'
import type { Lineage } from '../api/schema/lineage.ts'
import type { Named } from '../api/schema/named.ts'
import type { Busiest, UsageSeries } from '../api/schema/usage.ts'
import type { Store } from '../store/store.ts'
import type { View } from '../store/view.ts'
import { attendanceNow } from './attendance.ts'
import { busiest, busiestEpochsMax } from './busiest.ts'
import type { EpochSpan } from './explain/epoch-span.ts'
import { lineageEpochsMax, lineageOf } from './lineage/lineage.ts'
import { namedLike } from './named.ts'
import { usageEpochsMax, usageSeries } from './usage-series.ts'

/** The economy as a store has it. */
export class StoredEconomy implements EconomyView {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  async usage(epochs: Epochs, signal?: AbortSignal): Promise<UsageSeries> {
    return await usageSeries(this.#store, this.#within(epochs, usageEpochsMax, signal))
  }

  async busiest(epochs: Epochs, limit: number, signal?: AbortSignal): Promise<Busiest> {
    return await busiest(this.#store, this.#within(epochs, busiestEpochsMax, signal), limit)
  }

  async lineage(asset: RefKey, epochs: Epochs, signal?: AbortSignal): Promise<Lineage | undefined> {
    const range = this.#within(epochs, lineageEpochsMax, signal)
    return await this.#atOneMoment(view => lineageOf(this.#store, view, asset, range))
  }

  attendance(): Attendance {
    return attendanceNow(this.#store)
  }

  named(text: string): Promise<Named> {
    return this.#atOneMoment(view => namedLike(this.#store, view, text))
  }

  /** Throws LedgerError `not-yet` or `range`. */
  #within({ from, to }: Epochs, epochsMax: number, signal: AbortSignal | undefined): EpochSpan {
    const newest = this.#store.head()?.epoch ?? 0
    if (to > newest)
      throw new LedgerError('not-yet', `epoch ${to} isn't final: the newest is ${newest}`, { to, newest })
    const count = to - from + 1
    if (from >= 1 && count >= 1 && count <= epochsMax) return { from, to, ...(signal !== undefined && { signal }) }
    throw new LedgerError('range', `epochs: expected 1 to ${epochsMax} of them, got ${from} to ${to}`, { from, to })
  }

  async #atOneMoment<T>(ask: (view: View) => Promise<T>): Promise<T> {
    const view = await this.#store.view()
    try {
      return await ask(view)
    } finally {
      await view.close()
    }
  }
}
