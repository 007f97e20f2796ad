import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Store } from '../store/store.ts'
import { CoveredPaths } from './covered-paths.ts'

/** The snapshot that a node joins by, and how much of it is here. Stands in the store in one write with what it speaks of. */
export interface JoinProgress {
  /** CID of the genesis. */
  readonly chain: Cid
  readonly epoch: number
  readonly checkpoint: Cid
  readonly covered: CoveredPaths
}

export function readProgress(store: Store): JoinProgress | undefined {
  const bytes = store.join.get()
  if (bytes === undefined) return undefined
  const [chain, epoch, checkpoint, covered] = decode(bytes) as [Cid, number, Cid, Uint8Array]
  return { chain, epoch, checkpoint, covered: CoveredPaths.decode(covered) }
}

export function encodeProgress({ chain, epoch, checkpoint, covered }: JoinProgress): Uint8Array {
  return encode([chain, epoch, checkpoint, covered.encode()])
}
