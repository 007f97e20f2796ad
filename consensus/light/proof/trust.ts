import type { ValidatorSet } from '../../agreement/validator-set.ts'
import type { Checkpoint } from '../../checkpoint.ts'
import type { Crypto } from '../../crypto.ts'

/** A checkpoint that is trusted, and what proofs under it are checked with. Following the chain gives it. */
export interface Trusted {
  readonly crypto: Crypto
  readonly checkpoint: Checkpoint
}

/**
 * What a walk through one epoch rests on. Full nodes keep only the newest state, so assets are read from that of a later trusted
 * checkpoint (or the same): what they are is fixed at birth, whose they are isn't.
 */
export interface TrustedEpoch extends Trusted {
  /** Of the epoch of `checkpoint` or a later one. */
  readonly state: Checkpoint
  /** F5: who voted on the epoch before, if known: the operators' list is then compared with it. */
  readonly previousValidators?: ValidatorSet
}
