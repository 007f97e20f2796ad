import type { ValidatorSet } from '../../agreement/validator-set.ts'
import type { Checkpoint } from '../../checkpoint.ts'
import { Cid } from '../../cid.ts'
import type { Crypto } from '../../crypto.ts'
import { decodeGenesis } from '../../genesis.ts'
import { genesisValidators } from '../../ledger/genesis-state.ts'
import type { Params } from '../../params.ts'
import { FollowError } from './follow-error.ts'
import type { LightBlock } from './light-block.ts'

/** What is taken for true: a checkpoint that was verified or chosen, or the genesis. Proofs end at its roots. */
export interface TrustedCheckpoint {
  /** CID of the genesis. */
  readonly chain: Cid
  /** 0 at the genesis. */
  readonly epoch: number
  /** Of the checkpoint; the chain itself at the genesis. */
  readonly cid: Cid
  /** Milliseconds since 1970, of the checkpoint or the genesis. */
  readonly time: number
  /** Null at the genesis. */
  readonly checkpoint: Checkpoint | null
  /** Voted on this epoch. */
  readonly validators: ValidatorSet
  /** Votes on the next. */
  readonly nextValidators: ValidatorSet
  /** In force in this epoch; at the genesis, from the first epoch on. What was voted for in it is in those that the next checkpoint names. */
  readonly params: Params
}

/** The genesis of a chain that the user named. Throws EncodingError, MalformedError, or FollowError `trusted`. */
export function trustGenesis(crypto: Crypto, chain: Cid, block: Uint8Array): TrustedCheckpoint {
  const cid = Cid.of(crypto, block)
  if (!cid.equals(chain)) throw new FollowError('trusted', 'genesis', `${chain}`, cid)
  const genesis = decodeGenesis(block)
  const validators = genesisValidators(genesis)
  const { time, params } = genesis
  return { chain, epoch: 0, cid, time, checkpoint: null, validators, nextValidators: validators, params }
}

/** The checkpoint that the user named. Throws FollowError `trusted`. */
export function trustNamed(cid: Cid, block: LightBlock): TrustedCheckpoint {
  if (!block.cid.equals(cid)) throw new FollowError('trusted', 'trusted checkpoint', `${cid}`, block.cid)
  return trustedFrom(block)
}

/** A light block whose checkpoint was verified. */
export function trustedFrom({ cid, checkpoint, validators, nextValidators, params }: LightBlock): TrustedCheckpoint {
  const { chain, epoch, time } = checkpoint
  return { chain, epoch, cid, time, checkpoint, validators, nextValidators, params }
}
