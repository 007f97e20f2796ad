import type { AccountKey } from '../../consensus/account.ts'
import type { EpochRoots, Totals, Usage } from '../../consensus/checkpoint.ts'
import type { Cut } from '../../consensus/cut.ts'

/** What executing a cut comes to: all that a checkpoint says of it. Plain data, it crosses threads. */
export interface ExecutedEpoch extends EpochRoots {
  readonly totals: Totals
  readonly usage: Usage
  /** CIDs (36 bytes) of the blocks: votes on this epoch, on the next, and the parameters in force. */
  readonly validators: Uint8Array
  readonly nextValidators: Uint8Array
  readonly params: Uint8Array
}

/** Executes the cut of the epoch after the head. */
export interface ExecuteOrder {
  readonly epoch: number
  readonly cut: Cut
  /** T13: the certificate that the checkpoint names as its last, as a block; null in epoch 1. */
  readonly lastCertificate: Uint8Array | null
}

/** Writes an epoch that was decided; what it takes was executed before, or is now. */
export interface CommitOrder extends ExecuteOrder {
  /** Blocks as bytes. */
  readonly checkpoint: Uint8Array
  readonly certificate: Uint8Array
}

/** How much an epoch was. */
export interface EpochWork {
  /** How long its execution took, and its writing. */
  readonly executeMs: number
  readonly writeMs: number
  /** Its final records, by outcome code. */
  readonly records: Readonly<Record<number, number>>
  /** What it changed in the state, and in the tree over it. */
  readonly cells: number
  readonly pages: number
  readonly pageBytes: number
  readonly flows: number
  readonly payouts: number
  /** JavaScript heap of the thread that executed it, afterwards. */
  readonly heapBytes: number
}

/** A batch that became final with an epoch. */
export interface FinalizedBatch {
  readonly author: AccountKey
  readonly seq: number
  /** CID, 36 bytes. */
  readonly batch: Uint8Array
}

export interface CommittedEpoch {
  readonly work: EpochWork
  readonly finalized: readonly FinalizedBatch[]
  /** R5: batches that became void. */
  readonly voided: readonly FinalizedBatch[]
}
