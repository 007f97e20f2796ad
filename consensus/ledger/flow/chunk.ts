import { decode } from '../../cbor/decode.ts'
import { encode, encodedList } from '../../cbor/encode.ts'
import { listOf } from '../../cbor/fields.ts'
import type { Value } from '../../cbor/value.ts'
import { MalformedError } from '../../errors.ts'

/** Long enough to be read quickly one after the other, short enough to be read for the sake of one item. */
export const chunkBytesMax = 64 * 1024

/** The longest head of a list. */
const headBytesMax = 9

/**
 * Cuts a list into blocks, each a list of its own with at most 64 KiB; an item that is longer stands alone. The same list
 * gives the same blocks. No items, no block.
 */
export function encodeChunks<T>(items: readonly T[], toValue: (item: T) => Value): Uint8Array[] {
  const chunks: Uint8Array[] = []
  let pending: Uint8Array[] = []
  let length = headBytesMax
  for (const item of items) {
    const bytes = encode(toValue(item))
    if (pending.length > 0 && length + bytes.length > chunkBytesMax) {
      chunks.push(encodedList(pending))
      pending = []
      length = headBytesMax
    }
    pending.push(bytes)
    length += bytes.length
  }
  if (pending.length > 0) chunks.push(encodedList(pending))
  return chunks
}

/** Throws EncodingError or MalformedError. */
export function decodeChunk<T>(chunk: Uint8Array, field: string, fromValue: (value: Value, field: string) => T): T[] {
  const items = listOf(decode(chunk), field)
  if (items.length === 0) throw new MalformedError(field, 'at least one item', items)
  return items.map((item, i) => fromValue(item, `${field}[${i}]`))
}
