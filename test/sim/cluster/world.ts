import type { Random } from '../random.ts'
import type { VirtualClock } from '../virtual-clock.ts'
import type { Opening } from './opening.ts'
import type { Oracle } from './oracle/oracle.ts'
import type { Networks } from './peer-network.ts'
import type { Scenario } from './scenario.ts'
import type { Trace } from './trace.ts'
import type { Wire } from './wire.ts'

/** What all parts of a run share. */
export interface World {
  readonly scenario: Scenario
  readonly clock: VirtualClock
  readonly random: Random
  readonly trace: Trace
  readonly wire: Wire
  readonly networks: Networks
  /** By gossiped message: the only machines that it reaches. */
  readonly withheld: Map<string, ReadonlySet<number>>
  readonly opening: Opening
  readonly oracle: Oracle
  /** How often each rule of the agreement was followed. */
  readonly rules: Map<string, number>
  /** Whether all faults but the liars are over. */
  isHealed: boolean
}
