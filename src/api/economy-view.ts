import type { RefKey } from '../../consensus/ref.ts'
import type { Attendance } from './schema/attendance.ts'
import type { Lineage } from './schema/lineage.ts'
import type { Named } from './schema/named.ts'
import type { Busiest, UsageSeries } from './schema/usage.ts'

/** Both ends are part of it. */
export interface Epochs {
  readonly from: number
  readonly to: number
}

/**
 * What is worked out of many epochs or many assets together: who uses the ledger, what was made from what, and where the money goes.
 * Answers are bounded, and tell where they end. The signal ends the work, and is thrown. Refusals are LedgerErrors.
 */
export interface EconomyView {
  /** Throws LedgerError `range` for more epochs than one question may read. */
  usage(epochs: Epochs, signal?: AbortSignal): Promise<UsageSeries>
  /** Throws LedgerError `range`, as above. */
  busiest(epochs: Epochs, limit: number, signal?: AbortSignal): Promise<Busiest>
  /** Undefined where the ref is no asset. Throws LedgerError `range`. */
  lineage(asset: RefKey, epochs: Epochs, signal?: AbortSignal): Promise<Lineage | undefined>
  attendance(): Attendance
  /** Whose own names contain a text. */
  named(text: string): Promise<Named>
}
