import type { ProverStats } from '../proofs/prover.ts'
import type { AgreementTally } from './agreement-tally.ts'

/** What a node counts for whoever watches it; counters are since the start. */
export interface NodeStats {
  readonly agreement: AgreementTally
  /** Proposed values that were judged and refused, by the step that refused them. */
  readonly refused: Readonly<Record<string, number>>
  /** Batches that came in, by what became of them. */
  readonly ingested: Readonly<Record<string, number>>
  /** Pending batches that were given up because nobody could include them. */
  readonly expired: number
  readonly sync: SyncStats
  /** T7: why it doesn't vote yet though it has a vote key; null where it may. */
  readonly votingWaits: string | null
  readonly proofs: ProverStats
}

export interface SyncStats {
  /** Epochs that the peer furthest ahead has and this node hasn't. */
  readonly behind: number
  /** The epoch that one has, if it is ahead. */
  readonly target: number | null
  /** Until this node has it; null where nothing tells. */
  readonly secondsLeft: number | null
  /** Epochs taken from peers since the start instead of being decided here. */
  readonly applied: number
}
