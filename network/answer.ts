import { concat } from '../consensus/bytes.ts'
import { decode } from '../consensus/cbor/decode.ts'
import { encode } from '../consensus/cbor/encode.ts'
import { oneOf } from '../consensus/cbor/fields.ts'
import { MalformedError } from '../consensus/errors.ts'

/*
 * A response is a sequence of frames: items, then an end; or a refusal. The end is a frame of its own, so that a broken
 * stream is never taken for a short answer. The first byte of a frame tells which.
 */

const tagItem = 0
const tagEnd = 1
const tagRefusal = 2

/** `busy`: asked too often or too much at once. `unavailable`: can't be answered now. `malformed`: no proper request. */
export const refusals = ['busy', 'unavailable', 'malformed'] as const
export type Refusal = (typeof refusals)[number]

export type AnswerFrame =
  | { readonly type: 'item'; readonly bytes: Uint8Array }
  | { readonly type: 'end' }
  | { readonly type: 'refusal'; readonly reason: Refusal }

/** Room that a frame needs beside an item: its tag. */
export const tagBytes = 1
/** Longest frame that carries no item. */
export const controlBytesMax = 32

export function itemFrame(bytes: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(tagItem), bytes)
}

export function endFrame(): Uint8Array {
  return Uint8Array.of(tagEnd)
}

export function refusalFrame(reason: Refusal): Uint8Array {
  return concat(Uint8Array.of(tagRefusal), encode(reason))
}

export function parseAnswer(frame: Uint8Array): AnswerFrame {
  const rest = frame.subarray(tagBytes)
  if (frame[0] === tagItem) return { type: 'item', bytes: rest }
  if (frame[0] === tagEnd && rest.length === 0) return { type: 'end' }
  if (frame[0] === tagRefusal) return { type: 'refusal', reason: oneOf(decode(rest), 'refusal', refusals) }
  throw new MalformedError('answer', 'an item, an end or a refusal', frame)
}
