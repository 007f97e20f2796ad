import { decodeCheckpoint } from '../../checkpoint.ts'
import { Cid } from '../../cid.ts'
import type { Crypto } from '../../crypto.ts'
import { FollowError } from './follow-error.ts'
import type { TrustedCheckpoint } from './trusted-checkpoint.ts'

/** A checkpoint that a trusted one rests on, known by its name alone. */
export interface EarlierCheckpoint {
  readonly epoch: number
  readonly cid: Cid
  /** Of the checkpoint before it. */
  readonly prev: Cid
}

/** Where the way back begins; undefined at the genesis, before which there is nothing. */
export function earlierThan({ epoch, cid, checkpoint }: TrustedCheckpoint): EarlierCheckpoint | undefined {
  return checkpoint === null ? undefined : { epoch, cid, prev: checkpoint.prev }
}

/**
 * One step back: each checkpoint names the one before, so this needs no signature, and no trusting period bounds it. Throws
 * EncodingError, MalformedError, or FollowError `prev`.
 */
export function stepBack(crypto: Crypto, later: EarlierCheckpoint, block: Uint8Array): EarlierCheckpoint {
  const cid = Cid.of(crypto, block)
  if (!cid.equals(later.prev))
    throw new FollowError('prev', `checkpoint before epoch ${later.epoch}`, `${later.prev}`, cid)
  const { epoch, prev } = decodeCheckpoint(block)
  // A set that decided an epoch out of order would have to be more than 2/3 faulty; still, nothing here may rest on it.
  if (epoch !== later.epoch - 1) throw new FollowError('epoch', 'epoch', `${later.epoch - 1}`, epoch)
  return { epoch, cid, prev }
}
