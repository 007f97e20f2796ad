/** The steps of a round that end by themselves. */
export type TimedStep = 'propose' | 'prevote' | 'precommit'

/** Milliseconds. A step of round r lasts its base plus r times `growth`, at most `cap`. */
export interface TimeoutsMs {
  readonly propose: number
  readonly prevote: number
  readonly precommit: number
  readonly growth: number
  readonly cap: number
}

export const defaultTimeoutsMs: TimeoutsMs = {
  propose: 3_000,
  prevote: 1_000,
  precommit: 1_000,
  growth: 500,
  cap: 30_000,
}

/** T8: grows linearly and is capped. Doubling without a cap keeps a network down for hours after its cause is gone. */
export function timeoutMs(timeouts: TimeoutsMs, step: TimedStep, round: number): number {
  return Math.min(timeouts[step] + round * timeouts.growth, timeouts.cap)
}
