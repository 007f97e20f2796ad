import { decodeCheckpoint } from '../../checkpoint.ts'
import { Cid } from '../../cid.ts'
import type { Crypto } from '../../crypto.ts'
import { FollowError } from './follow-error.ts'

/** A checkpoint that is known by its name, because a trusted one rests on it. */
export interface NamedCheckpoint {
  readonly epoch: number
  readonly cid: Cid
}

/**
 * What the named checkpoint, given as its block, names as the one before: the genesis before epoch 1. Names are enough to go back
 * from a trusted checkpoint to any earlier one: that needs no signature, and no trusting period bounds it. Throws EncodingError,
 * MalformedError, or FollowError `prev` or `epoch`.
 */
export function checkpointBefore(crypto: Crypto, { epoch, cid }: NamedCheckpoint, block: Uint8Array): NamedCheckpoint {
  const got = Cid.of(crypto, block)
  if (!got.equals(cid)) throw new FollowError('prev', `checkpoint of epoch ${epoch}`, `${cid}`, got)
  const checkpoint = decodeCheckpoint(block)
  if (checkpoint.epoch !== epoch) throw new FollowError('epoch', `epoch of ${cid}`, `${epoch}`, checkpoint.epoch)
  return { epoch: epoch - 1, cid: checkpoint.prev }
}
