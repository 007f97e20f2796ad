import type { Certificate } from './certificate.ts'
import type { Proposal, ValueName } from './proposal.ts'
import type { TimedStep } from './timeouts.ts'
import type { SignedVote } from './vote.ts'

/** What a host is asked, and what it answers about: whether a proposed value is valid. */
export interface Question extends ValueName {
  /** The round of the proposal that raised it. */
  readonly round: number
  /**
   * True for a proposal that rests on no polka: then also its time (T10), size (T5) and inclusion (T11) are judged, once per
   * round. False: only whether it is held durably and executes to the same roots (T4), which never changes.
   */
  readonly fresh: boolean
}

export type Input =
  /** The epoch's round 0 is due (T9); after `restore`: go on where the node stopped. */
  | { readonly type: 'start' }
  /** Verified by the host (`verifyProposal`). Own ones come back the same way. */
  | { readonly type: 'proposal'; readonly proposal: Proposal }
  /** Verified by the host (`verifyVote`). Own ones come back the same way. */
  | { readonly type: 'vote'; readonly vote: SignedVote }
  /** Verified by the host (`certificateFault`). */
  | { readonly type: 'certificate'; readonly certificate: Certificate }
  /** Answer to `build`; undefined where there is nothing to propose. */
  | { readonly type: 'built'; readonly round: number; readonly value: ValueName | undefined }
  /** Answer to `check`. */
  | ({ readonly type: 'verdict'; readonly valid: boolean } & Question)
  | { readonly type: 'timeout'; readonly step: TimedStep; readonly round: number }
