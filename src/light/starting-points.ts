import type { TrustedCheckpoint } from '../../consensus/light/following/trusted-checkpoint.ts'
import { trustingPeriodMs } from '../../consensus/light/following/trusting-period.ts'

/** One is added whenever so much of the trusting period has gone by: the oldest that can be followed is nearly as old as may be. */
const pointsPerPeriod = 8

/**
 * Verified checkpoints that another history can be followed from. The older one is, the longer ago may a history have parted that is
 * still found out; but what is older than the trusting period can't be followed by anybody, and who follows for weeks gets there.
 */
export class StartingPoints {
  readonly #first: TrustedCheckpoint
  readonly #isFirstOld: boolean
  /** Ascending, never empty. */
  #points: readonly TrustedCheckpoint[]

  /** `isFirstOld`: it is beyond the trusting period, and the user vouches for it. */
  constructor(first: TrustedCheckpoint, isFirstOld: boolean) {
    this.#first = first
    this.#isFirstOld = isFirstOld
    this.#points = [first]
  }

  /** One that was verified since, and that no witness gainsaid. */
  add(verified: TrustedCheckpoint, nowMs: number): void {
    const stepMs = trustingPeriodMs(verified.params) / pointsPerPeriod
    if (verified.time - this.#points.at(-1)!.time < stepMs) return
    this.#points = [...this.#points.filter(point => isFresh(point, nowMs)), verified]
  }

  /** What the user vouches for; else the oldest within the trusting period, or the newest where none is. */
  oldest(nowMs: number): TrustedCheckpoint {
    if (this.#isFirstOld) return this.#first
    return this.#points.find(point => isFresh(point, nowMs)) ?? this.#points.at(-1)!
  }
}

function isFresh({ time, params }: TrustedCheckpoint, nowMs: number): boolean {
  return nowMs - time < trustingPeriodMs(params)
}
