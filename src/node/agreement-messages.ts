import {
  type Certificate,
  certificateFault,
  certificateValue,
  parseCertificate,
} from '../../consensus/agreement/certificate.ts'
import { type Proposal, parseProposal, proposalValue, verifyProposal } from '../../consensus/agreement/proposal.ts'
import type { ValidatorSet } from '../../consensus/agreement/validator-set.ts'
import { parseVote, type SignedVote, verifyVote, voteValue } from '../../consensus/agreement/vote.ts'
import { decode, EncodingError } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import { integerOf, tupleOf } from '../../consensus/cbor/fields.ts'
import type { Value } from '../../consensus/cbor/value.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import { MalformedError } from '../../consensus/errors.ts'
import { nativeCrypto } from '../crypto/native.ts'

/** A message of the agreement as peers pass it on. */
export type AgreementMessage =
  | { readonly kind: 'proposal'; readonly proposal: Proposal }
  | { readonly kind: 'vote'; readonly vote: SignedVote }
  | { readonly kind: 'certificate'; readonly certificate: Certificate }

/** What became of a message that came. */
export type MessageVerdict = 'new' | 'old' | 'early' | 'ahead' | 'forged'

const kinds = ['proposal', 'vote', 'certificate'] as const
const attemptMax = 0xffff_ffff

/** T8: `[attempt, kind, message]`: gossip drops what it has seen for two minutes, so a message that is sent again needs a new number. */
export function encodeAttempt(attempt: number, message: AgreementMessage): Uint8Array {
  return encode([attempt, kinds.indexOf(message.kind), wireValue(message)])
}

/** Throws EncodingError or MalformedError. */
export function decodeAttempt(bytes: Uint8Array): AgreementMessage {
  const [attempt, kind, value] = tupleOf(decode(bytes), 'message', 3)
  integerOf(attempt, 'message[0]', 0, attemptMax)
  return messageOf(kinds[integerOf(kind, 'message[1]', 0, kinds.length - 1)]!, value!)
}

/** Undefined for bytes that no honest peer sends. */
export function readAttempt(bytes: Uint8Array): AgreementMessage | undefined {
  try {
    return decodeAttempt(bytes)
  } catch (error) {
    if (error instanceof EncodingError || error instanceof MalformedError) return undefined
    throw error
  }
}

function wireValue(message: AgreementMessage): Value {
  if (message.kind === 'proposal') return proposalValue(message.proposal)
  return message.kind === 'vote' ? voteValue(message.vote) : certificateValue(message.certificate)
}

function messageOf(kind: (typeof kinds)[number], value: Value): AgreementMessage {
  if (kind === 'proposal') return { kind, proposal: parseProposal(nativeCrypto, value) }
  if (kind === 'vote') return { kind, vote: parseVote(value) }
  return { kind, certificate: parseCertificate(value) }
}

export function epochOf(message: AgreementMessage): number {
  if (message.kind === 'proposal') return message.proposal.epoch
  return message.kind === 'vote' ? message.vote.epoch : message.certificate.epoch
}

/** Whether all its signatures are by members of the set of its epoch, and a proposal's by whose turn it is. */
export function isGenuine(crypto: Crypto, chain: Cid, set: ValidatorSet, message: AgreementMessage): boolean {
  if (message.kind === 'proposal') return verifyProposal(crypto, chain, set, message.proposal)
  if (message.kind === 'vote') return verifyVote(crypto, chain, set, message.vote)
  return certificateFault(crypto, chain, set, message.certificate) === undefined
}

/** The kind that may be told on a topic. */
export function expectKind(message: AgreementMessage, onProposals: boolean): void {
  if ((message.kind === 'proposal') !== onProposals) {
    throw new MalformedError('message[1]', onProposals ? 'a proposal' : 'a vote or certificate', message.kind)
  }
}
