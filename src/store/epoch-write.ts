import type { Cid } from '../../consensus/cid.ts'
import type { Changes } from './cells.ts'
import type { EpochRecord } from './epochs.ts'
import type { BatchOutcome } from './outcomes.ts'

/** Changes of the state, its tree and the blocks named by a checkpoint. */
export interface StateWrite {
  readonly state: Changes
  readonly pages: Changes
  /** Validator sets and parameters; kept under their CIDs. */
  readonly blocks: readonly Uint8Array[]
}

/** All that one finalized epoch leaves behind, written as a whole or not at all. */
export interface EpochWrite extends StateWrite {
  readonly epoch: number
  readonly record: EpochRecord
  /**
   * The certificate of the epoch before that this one's checkpoint names; null in epoch 1. It replaces what the node had for that
   * epoch: from then on all nodes keep the same signatures.
   */
  readonly lastCertificate: Uint8Array | null
  readonly outcomes: Iterable<readonly [batch: Cid, outcome: BatchOutcome]>
  readonly payoutChunks: readonly Uint8Array[]
  readonly flowChunks: readonly Uint8Array[]
}
