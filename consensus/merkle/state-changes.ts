import { type ByteKey, fromKey } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'
import { comparePaths, entryLength } from './state-page.ts'
import { hashLength } from './tree-layout.ts'

/** A state key with its new value, or null to remove it. */
export type StateChange = readonly [key: ByteKey, value: Uint8Array | null]

/** Changes by path, ascending, each path once; flat, because there are many. */
export interface PathChanges {
  readonly count: number
  /** Per change its path and its value's hash, 64 bytes; the hash of a removed value is zeros. */
  readonly entries: Uint8Array
  /** Per change 1 if it removes the leaf. */
  readonly removed: Uint8Array
}

/** SHA-256 of the key: 32 bytes. */
export function statePath(crypto: Crypto, key: ByteKey): Uint8Array {
  return crypto.sha256(fromKey(key))
}

/** Of several changes of one key the last counts. */
export function sortByPath(crypto: Crypto, changes: Iterable<StateChange>): PathChanges {
  const list = [...changes]
  const hashed = new Uint8Array(list.length * entryLength)
  for (const [i, [key, value]] of list.entries()) {
    crypto.sha256Into(fromKey(key), hashed, i * entryLength)
    if (value !== null) crypto.sha256Into(value, hashed, i * entryLength + hashLength)
  }
  const order = new Uint32Array(list.length).map((_, i) => i)
  order.sort((a, b) => comparePaths(hashed, a * entryLength, hashed, b * entryLength) || a - b)
  return pickLast(list, hashed, order)
}

function pickLast(list: readonly StateChange[], hashed: Uint8Array, order: Uint32Array): PathChanges {
  const entries = new Uint8Array(hashed.length)
  const removed = new Uint8Array(order.length)
  let count = 0
  for (const [i, index] of order.entries()) {
    const at = index * entryLength
    const next = order[i + 1]
    if (next !== undefined && comparePaths(hashed, at, hashed, next * entryLength) === 0) continue
    entries.set(hashed.subarray(at, at + entryLength), count * entryLength)
    removed[count] = list[index]![1] === null ? 1 : 0
    count++
  }
  return { count, entries, removed }
}
