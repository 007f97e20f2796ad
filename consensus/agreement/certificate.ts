import type { AccountKey } from '../account.ts'
import { decode } from '../cbor/decode.ts'
import { encode } from '../cbor/encode.ts'
import { bytesOf, integerOf, listOf, mapOf, tupleOf } from '../cbor/fields.ts'
import type { Value } from '../cbor/value.ts'
import type { Cid } from '../cid.ts'
import type { Crypto } from '../crypto.ts'
import { InvariantError, MalformedError } from '../errors.ts'
import { messageBytes, parseMessageFields, parseVoteType, typeCode } from './message.ts'
import { isQuorum, totalStake, type ValidatorSet, validatorsMax } from './validator-set.ts'
import type { SignedVote, Vote } from './vote.ts'

/** One signer: its index in the epoch's validator set, and its signature (64 bytes) of the certificate's vote. */
export type Signer = readonly [validator: number, signature: Uint8Array]

/**
 * Equal votes of more than 2/3 of the stake: a polka if they are prevotes, a commit certificate if they are precommits for a
 * checkpoint, and for nil the proof that a round is over.
 */
export interface Certificate extends Vote {
  /** In ascending order of validators. */
  readonly signatures: readonly Signer[]
}

/** Of equal votes, one per validator, in any order. */
export function certificateOf(votes: readonly SignedVote[]): Certificate {
  const first = votes[0]
  if (first === undefined) throw new InvariantError('T8', 'a certificate without votes')
  const { type, epoch, round, checkpoint, validRound } = first
  const signatures = votes.map(({ validator, signature }): Signer => [validator, signature])
  signatures.sort(([a], [b]) => a - b)
  return { type, epoch, round, checkpoint, validRound, signatures }
}

/** The votes it holds. */
export function votesOf({ signatures, ...vote }: Certificate): SignedVote[] {
  return signatures.map(([validator, signature]) => ({ ...vote, validator, signature }))
}

const keys = ['epoch', 'round', 'type', 'checkpoint', 'validRound', 'signatures']

/** `{epoch, round, type, checkpoint, validRound, signatures: [[validator, signature], …]}`. */
export function certificateValue(certificate: Certificate): Value {
  const { epoch, round, type, checkpoint, validRound, signatures } = certificate
  return { epoch, round, type: typeCode(type), checkpoint, validRound, signatures }
}

export function encodeCertificate(certificate: Certificate): Uint8Array {
  return encode(certificateValue(certificate))
}

/** Throws MalformedError. */
export function parseCertificate(value: Value | undefined, field = 'certificate'): Certificate {
  const map = mapOf(value, field, keys)
  const vote = parseMessageFields(map, parseVoteType(map.type, `${field}.type`), field) as Vote
  const signatures = listOf(map.signatures, `${field}.signatures`, validatorsMax).map((item, i) =>
    parseSigner(item, `${field}.signatures[${i}]`),
  )
  if (!areAscending(signatures)) {
    throw new MalformedError(`${field}.signatures`, 'each validator once, in ascending order', map.signatures)
  }
  return { ...vote, signatures }
}

/** Throws EncodingError or MalformedError. */
export function decodeCertificate(block: Uint8Array, field = 'certificate'): Certificate {
  return parseCertificate(decode(block), field)
}

function parseSigner(value: Value, field: string): Signer {
  const [validator, signature] = tupleOf(value, field, 2)
  return [integerOf(validator, `${field}[0]`, 0, validatorsMax - 1), bytesOf(signature, `${field}[1]`, 64)]
}

function areAscending(signatures: readonly Signer[]): boolean {
  return signatures.every(([validator], i) => i === 0 || signatures[i - 1]![0] < validator)
}

/** Which condition of a certificate fails, in the order they are tried. */
export type CertificateFault = 'signers-not-ascending' | 'unknown-signer' | 'no-quorum' | 'bad-signature'

/**
 * What is wrong with the certificate, if anything. Every signature is verified, also beyond the quorum: whoever is named
 * in a certificate counts as having voted.
 */
export function certificateFault(
  crypto: Crypto,
  chain: Cid,
  set: ValidatorSet,
  certificate: Certificate,
): CertificateFault | undefined {
  const { signatures } = certificate
  if (!areAscending(signatures)) return 'signers-not-ascending'
  if (signatures.some(([validator]) => set[validator] === undefined)) return 'unknown-signer'
  if (!isQuorum(signedStake(set, certificate), totalStake(set))) return 'no-quorum'
  const { signatures: _, ...vote } = certificate
  const message = messageBytes(chain, vote)
  const areGood = signatures.every(([validator, signature]) => crypto.verify(signature, message, set[validator]!.key))
  return areGood ? undefined : 'bad-signature'
}

/** Accounts of a certificate's signers in their set, in account order. */
export function signersOf(set: ValidatorSet, { signatures }: Certificate): AccountKey[] {
  return signatures.flatMap(([validator]) => set[validator]?.account ?? [])
}

/** µOPEN behind a certificate's signers; says nothing about their signatures. */
export function signedStake(set: ValidatorSet, certificate: Certificate): number {
  let stake = 0
  for (const [validator] of certificate.signatures) stake += set[validator]?.stake ?? 0
  return stake
}

/** A precommit certificate for a checkpoint: what makes that checkpoint final. */
export function isCommit(certificate: Certificate): certificate is Certificate & { readonly checkpoint: Cid } {
  return certificate.type === 'precommit' && certificate.checkpoint !== null
}
