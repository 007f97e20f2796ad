import { bytesOf, integerOf, mapOf } from '../cbor/fields.ts'
import type { Value } from '../cbor/value.ts'
import type { Cid } from '../cid.ts'
import type { Crypto } from '../crypto.ts'
import { type Message, messageBytes, parseMessageFields, parseVoteType, typeCode, type VoteType } from './message.ts'
import { type ValidatorSet, validatorsMax } from './validator-set.ts'

/** A prevote or precommit. */
export interface Vote extends Message {
  readonly type: VoteType
  readonly content?: never
}

export interface SignedVote extends Vote {
  /** Index in the epoch's validator set. */
  readonly validator: number
  /** 64 bytes. */
  readonly signature: Uint8Array
}

const keys = ['type', 'epoch', 'round', 'checkpoint', 'validRound', 'validator', 'signature']

/** `{type (1 prevote, 2 precommit), epoch, round, checkpoint, validRound, validator, signature}`. */
export function voteValue(vote: SignedVote): Value {
  const { type, epoch, round, checkpoint, validRound, validator, signature } = vote
  return { type: typeCode(type), epoch, round, checkpoint, validRound, validator, signature }
}

/** Throws MalformedError. */
export function parseVote(value: Value | undefined, field = 'vote'): SignedVote {
  const map = mapOf(value, field, keys)
  return {
    ...(parseMessageFields(map, parseVoteType(map.type, `${field}.type`), field) as Vote),
    validator: integerOf(map.validator, `${field}.validator`, 0, validatorsMax - 1),
    signature: bytesOf(map.signature, `${field}.signature`, 64),
  }
}

/** Whether the vote is by the validator it names, a member of the epoch's set. */
export function verifyVote(crypto: Crypto, chain: Cid, set: ValidatorSet, vote: SignedVote): boolean {
  const validator = set[vote.validator]
  return validator !== undefined && crypto.verify(vote.signature, messageBytes(chain, vote), validator.key)
}
