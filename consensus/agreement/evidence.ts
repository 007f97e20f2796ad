import { bytesOf, mapOf } from '../cbor/fields.ts'
import type { Value, ValueMap } from '../cbor/value.ts'
import type { Cid } from '../cid.ts'
import type { Crypto } from '../crypto.ts'
import { type Message, messageBytes, messageEquals, parseMessageFields, parseType, typeCode } from './message.ts'

/** A message and its signature (64 bytes), without the name of its signer. */
export interface SignedMessage extends Message {
  readonly signature: Uint8Array
}

/** T12: two messages that one vote key must not both have signed. */
export interface Evidence {
  /** The vote key, 32 bytes: indices change from set to set, the key doesn't. */
  readonly key: Uint8Array
  readonly pair: readonly [SignedMessage, SignedMessage]
}

/** `equivocation`: two contents for one (epoch, round, type). `amnesia`: a lock forgotten. */
export type Offence = 'equivocation' | 'amnesia'

/** T12: what two messages of one signer prove, in either order. Another signature of the same content proves nothing. */
export function offenceOf(a: Message, b: Message): Offence | undefined {
  if (a.epoch !== b.epoch) return undefined
  if (isForgotten(a, b) || isForgotten(b, a)) return 'amnesia'
  if (a.round !== b.round || a.type !== b.type) return undefined
  return messageEquals(a, b) ? undefined : 'equivocation'
}

/** A precommit for a checkpoint, and a later prevote for one that rests on no polka as late as that lock. */
function isForgotten(lock: Message, later: Message): boolean {
  return (
    lock.type === 'precommit' &&
    later.type === 'prevote' &&
    lock.checkpoint !== null &&
    later.checkpoint !== null &&
    later.round > lock.round &&
    later.validRound < lock.round
  )
}

/** The offence that the evidence proves against its key; undefined where it proves none. */
export function provenOffence(
  crypto: Pick<Crypto, 'verify'>,
  chain: Cid,
  { key, pair }: Evidence,
): Offence | undefined {
  const offence = offenceOf(pair[0], pair[1])
  if (offence === undefined) return undefined
  const areSigned = pair.every(message => crypto.verify(message.signature, messageBytes(chain, message), key))
  return areSigned ? offence : undefined
}

const voteKeys = ['type', 'epoch', 'round', 'checkpoint', 'validRound', 'signature']
const proposalKeys = [...voteKeys, 'content']

/** `{type (0 proposal, 1 prevote, 2 precommit), epoch, round, checkpoint, validRound, signature, content (proposals only)}`. */
export function signedMessageValue(message: SignedMessage): Value {
  const { type, epoch, round, checkpoint, validRound, signature, content } = message
  return { type: typeCode(type), epoch, round, checkpoint, validRound, signature, content }
}

/** Throws MalformedError. */
export function parseSignedMessage(value: Value | undefined, field = 'message'): SignedMessage {
  const isProposal = (value as ValueMap | null | undefined)?.type === 0
  const map = mapOf(value, field, isProposal ? proposalKeys : voteKeys)
  return {
    ...parseMessageFields(map, parseType(map.type, `${field}.type`), field),
    ...(isProposal ? { content: bytesOf(map.content, `${field}.content`, 32) } : {}),
    signature: bytesOf(map.signature, `${field}.signature`, 64),
  }
}
