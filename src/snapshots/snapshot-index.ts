import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import type { Cid } from '../../consensus/cid.ts'
import { comparePaths } from '../../consensus/merkle/state-page.ts'
import type { Store } from '../store/store.ts'

/** What a whole snapshot consists of. It is written last: where it is, all chunks are. */
export interface SnapshotIndex {
  /** The checkpoint whose state it is. */
  readonly checkpoint: Cid
  readonly cells: number
  /** Of keys and values. */
  readonly bytes: number
  /** The last path of each chunk, 32 bytes each, ascending; chunks are numbered from 1. */
  readonly bounds: Uint8Array
}

/** Chunks are numbered from 1. */
export const indexNumber = 0
const pathLength = 32

export function encodeIndex({ checkpoint, cells, bytes, bounds }: SnapshotIndex): Uint8Array {
  return encode([checkpoint, cells, bytes, bounds])
}

/** Undefined where there is no whole snapshot of that epoch. */
export function readIndex(store: Store, epoch: number): SnapshotIndex | undefined {
  const stored = store.snapshots.get(epoch, indexNumber)
  if (stored === undefined) return undefined
  const [checkpoint, cells, bytes, bounds] = decode(stored) as [Cid, number, number, Uint8Array]
  return { checkpoint, cells, bytes, bounds }
}

/** The number of the chunk with this path. */
export function chunkWith({ bounds }: SnapshotIndex, path: Uint8Array): number {
  let low = 0
  let high = bounds.length / pathLength - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (comparePaths(bounds, middle * pathLength, path, 0) < 0) low = middle + 1
    else high = middle
  }
  return low + 1
}
