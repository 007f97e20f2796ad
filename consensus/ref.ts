import { type ByteKey, fromKey } from './bytes.ts'
import { Cid } from './cid.ts'
import { MalformedError } from './errors.ts'

/** A record's name: its batch and its place in it. `null` as batch: an earlier record of the same batch. */
export type Ref = readonly [batch: Cid | null, index: number]

/** A ref as a map key: the batch's digest (32 bytes) and the index (2 bytes, big-endian). Sorting by it is sorting by ref. */
export type RefKey = ByteKey

export const batchRecordsMax = 1024

export function refKey(batch: Cid, index: number): RefKey {
  return batch.digestKey + indexKeys[index]
}

/** Spelled once: this is needed several times for every inference. */
const indexKeys: readonly ByteKey[] = Array.from({ length: batchRecordsMax }, (_, index) =>
  String.fromCharCode(index >> 8, index & 255),
)

/** The key of a ref that stands in `batch`. */
export function resolveRef(ref: Ref, batch: Cid): RefKey {
  return refKey(ref[0] ?? batch, ref[1])
}

export function refFromKey(key: RefKey): Ref & readonly [Cid, number] {
  return [Cid.fromDigest(fromKey(key.slice(0, 32))), key.charCodeAt(32) * 256 + key.charCodeAt(33)]
}

/** `<cid>/<index>`, or `./<index>`. */
export function refText([batch, index]: Ref): string {
  return `${batch === null ? '.' : batch.toString()}/${index}`
}

export function refKeyText(key: RefKey): string {
  return refText(refFromKey(key))
}

export function parseRef(text: string, field = 'ref'): Ref {
  const match = /^(.+)\/(0|[1-9]\d{0,3})$/.exec(text)
  const index = Number(match?.[2])
  if (match === null || index >= batchRecordsMax) throw new MalformedError(field, 'a ref like <cid>/<index>', text)
  return [match[1] === '.' ? null : Cid.fromText(match[1]!, field), index]
}
