import { concat, domainSeparated, equalBytes, writeU32, writeU64 } from '../bytes.ts'
import { blockCidOf, integerOf } from '../cbor/fields.ts'
import type { Value, ValueMap } from '../cbor/value.ts'
import type { Cid } from '../cid.ts'
import { MalformedError } from '../errors.ts'

export type VoteType = 'prevote' | 'precommit'
export type MessageType = 'proposal' | VoteType

/** What a validator's signature covers, whatever travels around it (T6). */
export interface Message {
  readonly type: MessageType
  readonly epoch: number
  readonly round: number
  /** The value's name, or nil. */
  readonly checkpoint: Cid | null
  /** The round of the polka that a re-proposal or a prevote for it rests on; −1 if there is none. */
  readonly validRound: number
  /** Only in a proposal: digest of what travels beside the checkpoint, 32 bytes (`contentDigest`). */
  readonly content?: Uint8Array
}

const domain = 'openledger/vote/1'
/** In the order of their type bytes. */
export const messageTypes: readonly MessageType[] = ['proposal', 'prevote', 'precommit']

/** validRound travels as i32. */
export const roundMax = 0x7fff_ffff

/**
 * T6: domain ‖ 0x00 ‖ chain (36 bytes) ‖ type (1) ‖ epoch (u64) ‖ round (u32) ‖ 0x00 for nil, or 0x01 ‖ checkpoint (36)
 * ‖ validRound (i32), and in a proposal ‖ content (32), so that nobody can swap the cut under a good signature.
 */
export function messageBytes(chain: Cid, message: Message): Uint8Array {
  const head = new Uint8Array(1 + 8 + 4)
  head[0] = messageTypes.indexOf(message.type)
  writeU64(head, 1, message.epoch)
  writeU32(head, 9, message.round)
  const validRound = new Uint8Array(4)
  writeU32(validRound, 0, message.validRound)
  const { checkpoint, content } = message
  const value = checkpoint === null ? [Uint8Array.of(0)] : [Uint8Array.of(1), checkpoint.bytes]
  return domainSeparated(domain, concat(chain.bytes, head, ...value, validRound, ...(content ? [content] : [])))
}

/** Whether two messages of one chain have the same signed bytes. */
export function messageEquals(a: Message, b: Message): boolean {
  return (
    a.type === b.type &&
    a.epoch === b.epoch &&
    a.round === b.round &&
    a.validRound === b.validRound &&
    a.checkpoint?.key === b.checkpoint?.key &&
    (a.content === b.content ||
      (a.content !== undefined && b.content !== undefined && equalBytes(a.content, b.content)))
  )
}

export function typeCode(type: MessageType): number {
  return messageTypes.indexOf(type)
}

export function typeName(code: number): MessageType {
  return messageTypes[code]!
}

export function parseType(value: Value | undefined, field: string): MessageType {
  return messageTypes[integerOf(value, field, 0, messageTypes.length - 1)]!
}

export function parseVoteType(value: Value | undefined, field: string): VoteType {
  const type = parseType(value, field)
  if (type === 'proposal') throw new MalformedError(field, 'a prevote (1) or precommit (2)', value)
  return type
}

/** The fields that every message has. Throws MalformedError for what no honest validator could mean. */
export function parseMessageFields<Type extends MessageType>(
  map: ValueMap,
  type: Type,
  field: string,
): Message & { readonly type: Type } {
  const epoch = integerOf(map.epoch, `${field}.epoch`, 1, Number.MAX_SAFE_INTEGER)
  const round = integerOf(map.round, `${field}.round`, 0, roundMax)
  const isNil = map.checkpoint === null && type !== 'proposal'
  const checkpoint = isNil ? null : blockCidOf(map.checkpoint, `${field}.checkpoint`)
  const mayRest = type !== 'precommit' && checkpoint !== null
  const validRound = integerOf(map.validRound, `${field}.validRound`, -1, mayRest ? round - 1 : -1)
  return { type, epoch, round, checkpoint, validRound }
}
