import type { Profile } from '../../test/sim/cluster/run.ts'

/** What a sabotaged process runs. It is handed over as an argument, which has to stay small. */
export interface SabotagedOrder {
  /** The first; the others follow it. */
  readonly seed: number
  readonly seedsMax: number
  readonly validators: readonly number[]
  readonly profile: Profile | undefined
  readonly withinMs: number
}
