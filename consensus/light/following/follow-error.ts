import { LedgerError } from '../../errors.ts'

/** What a light block, or the checkpoint that it is to follow, fails. */
export type FollowCheck =
  /** A checkpoint of another chain. */
  | 'chain'
  /** Not the epoch that was asked for, or one that doesn't come after the trusted one. */
  | 'epoch'
  /** A set or parameters that its checkpoint doesn't name. */
  | 'block'
  /** Not the block that was chosen to be trusted. */
  | 'trusted'
  /** Not later than the trusted one. */
  | 'time'
  /** Later than now. */
  | 'future'
  /** The trusted checkpoint is older than the trusting period. */
  | 'expired'
  /** Doesn't follow the trusted one, or precede it, by its CID. */
  | 'prev'
  /** Another set than the trusted checkpoint named for this epoch. */
  | 'validators'
  /** No commit certificate of this checkpoint and epoch. */
  | 'commit'
  /** Signed by a third or less of the trusted set. */
  | 'overlap'
  /** A certificate that doesn't hold for its own set. */
  | 'certificate'
  /** Another checkpoint of an epoch that is trusted, as well certified. */
  | 'second-history'

/** An answer that doesn't prove what it should: `code` is `follow-` and the failed check. */
export class FollowError extends LedgerError {
  readonly check: FollowCheck

  constructor(check: FollowCheck, what: string, expected: string, got: unknown, next?: string) {
    super(`follow-${check}`, `${what}: expected ${expected}, got ${got}`, { check, expected, got: String(got) }, next)
    this.check = check
  }
}
