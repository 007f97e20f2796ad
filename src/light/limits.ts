/*
 * Every bound of a light node, each with its reason. All sizes in bytes, times in ms.
 */

const kib = 1024
const mib = 1024 * kib

/** Peers that it keeps: one to follow, the others as witnesses. */
export const peersMax = 8
/** Fewer can't tell who is the odd one out. */
export const peersToCompare = 3
/** How long a light node waits for its peers. */
export interface Patience {
  readonly answerMs: number
  readonly slowAnswerMs: number
  readonly slowMsMax: number
  readonly busyMs: number
  readonly busyTimesMax: number
}

export const patience: Patience = {
  /** A peer that takes longer for one answer is dropped: light blocks are small, and others wait. */
  answerMs: 8_000,
  /** Above this an answer counts as slow; a peer may be slow for so long in all before it is dropped. */
  slowAnswerMs: 1_000,
  slowMsMax: 20_000,
  /** A busy peer is asked again after this long, so often. */
  busyMs: 250,
  busyTimesMax: 20,
}

/** A witness may be an epoch or two behind, and is asked again for so long; one that is farther behind is no witness. */
export const witnessLagMax = 2
export const witnessMs = 6_000
export const witnessRetryMs = 300
/** Some 180,000 accounts. A ledger that began with more is entered at a later checkpoint. */
export const genesisBytesMax = 8 * mib
/** Validator sets and parameters kept between two answers, 16 KiB each at most. */
export const knownBlocksMax = 32
/** Verified checkpoints remembered by name, from which earlier epochs are reached. */
export const pivotsMax = 64
/** Records kept of each list for what is shown: all are proved, and there may be hundreds of thousands. */
export const billsShownMax = 6
/** The file: a checkpoint, two sets and parameters come to 64 KiB, the pivots to 5 KiB. */
export const fileBytesMax = 1 * mib
