import { type ByteKey, fromKey, toKey } from '../bytes.ts'
import { encode } from '../cbor/encode.ts'
import { bytesOf, integerOf, mapOf } from '../cbor/fields.ts'
import type { Value } from '../cbor/value.ts'
import { Cid } from '../cid.ts'
import type { Crypto } from '../crypto.ts'
import { type Cut, cutValue, parseCut } from '../cut.ts'
import { type Message, messageBytes, roundMax } from './message.ts'
import { proposerOf } from './proposer.ts'
import { type ValidatorSet, validatorsMax } from './validator-set.ts'

/**
 * A proposed value by name. Votes name the checkpoint alone, but whether a value is valid depends on its content too: a
 * proposer may sign a good checkpoint with a wrong cut, and that must not spoil the checkpoint.
 */
export interface ValueName {
  /** CID of the checkpoint block. */
  readonly id: Cid
  /** `contentDigest`, 32 bytes. */
  readonly content: Uint8Array
}

const cidLength = 36
export const valueKeyLength = cidLength + 32

/** CID (36 bytes) and content (32), as a map key. */
export function valueKey({ id, content }: ValueName): ByteKey {
  return id.key + toKey(content)
}

export function parseValueKey(key: ByteKey): ValueName {
  return { id: new Cid(fromKey(key.slice(0, cidLength))), content: fromKey(key.slice(cidLength)) }
}

/** What the reducer asks its host to sign; the host adds the value's bytes, which it keeps by name. */
export interface UnsignedProposal extends Message {
  readonly type: 'proposal'
  readonly checkpoint: Cid
  readonly content: Uint8Array
}

/** T4: a checkpoint, its cut and the certificate of the epoch before. */
export interface ProposedValue {
  /** The block's bytes; its CID is the value's id. */
  readonly checkpoint: Uint8Array
  readonly cut: Cut
  /** The block of the last epoch's certificate; null in epoch 1. */
  readonly lastCertificate: Uint8Array | null
}

export interface Proposal extends ValueName {
  readonly epoch: number
  readonly round: number
  readonly validRound: number
  readonly value: ProposedValue
  /** The proposer's index in the epoch's validator set. */
  readonly validator: number
  /** 64 bytes. */
  readonly signature: Uint8Array
}

/** SHA-256 of encode([cut, last certificate's bytes or null]), 32 bytes. */
export function contentDigest(crypto: Crypto, value: Pick<ProposedValue, 'cut' | 'lastCertificate'>): Uint8Array {
  return crypto.sha256(encode([cutValue(value.cut), value.lastCertificate]))
}

export function nameValue(crypto: Crypto, value: ProposedValue): ValueName {
  return { id: Cid.of(crypto, value.checkpoint), content: contentDigest(crypto, value) }
}

const keys = ['round', 'epoch', 'validRound', 'checkpoint', 'cut', 'lastCertificate', 'validator', 'signature']

/** `{round, epoch, validRound, checkpoint (bytes), cut, lastCertificate (bytes or null), validator, signature}`. */
export function proposalValue(proposal: Proposal): Value {
  const { round, epoch, validRound, value, validator, signature } = proposal
  const { checkpoint, cut, lastCertificate } = value
  return { round, epoch, validRound, checkpoint, cut: cutValue(cut), lastCertificate, validator, signature }
}

/** Throws MalformedError. The checkpoint's own fields are for whoever judges the value. */
export function parseProposal(crypto: Crypto, wire: Value | undefined, field = 'proposal'): Proposal {
  const map = mapOf(wire, field, keys)
  const round = integerOf(map.round, `${field}.round`, 0, roundMax)
  const value: ProposedValue = {
    checkpoint: bytesOf(map.checkpoint, `${field}.checkpoint`),
    cut: parseCut(map.cut, `${field}.cut`),
    lastCertificate: map.lastCertificate === null ? null : bytesOf(map.lastCertificate, `${field}.lastCertificate`),
  }
  return {
    ...nameValue(crypto, value),
    epoch: integerOf(map.epoch, `${field}.epoch`, 1, Number.MAX_SAFE_INTEGER),
    round,
    validRound: integerOf(map.validRound, `${field}.validRound`, -1, round - 1),
    value,
    validator: integerOf(map.validator, `${field}.validator`, 0, validatorsMax - 1),
    signature: bytesOf(map.signature, `${field}.signature`, 64),
  }
}

/** The signed part of a proposal. */
export function proposalMessage(
  proposal: Pick<Proposal, 'epoch' | 'round' | 'validRound' | keyof ValueName>,
): UnsignedProposal {
  const { epoch, round, validRound, id, content } = proposal
  return { type: 'proposal', epoch, round, checkpoint: id, validRound, content }
}

/** Whether it is signed by the one validator that proposes in its round (T3). */
export function verifyProposal(crypto: Crypto, chain: Cid, set: ValidatorSet, proposal: Proposal): boolean {
  const { epoch, round, validator, signature } = proposal
  if (validator !== proposerOf(set, epoch, round)) return false
  return crypto.verify(signature, messageBytes(chain, proposalMessage(proposal)), set[validator]!.key)
}
