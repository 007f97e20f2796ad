import type { AccountKey } from '../account.ts'
import { fromKey } from '../bytes.ts'
import { encode } from '../cbor/encode.ts'
import type { Cid } from '../cid.ts'
import type { Crypto } from '../crypto.ts'
import { ListTreeBuilder } from '../merkle/list-tree.ts'
import { batchTree } from './trees.ts'

/** A finalized batch in its place. */
export interface BatchName {
  readonly author: AccountKey
  readonly seq: number
  readonly batch: Cid
}

/** What `batchesRoot` says of a batch. */
export interface BatchLeaf extends BatchName {
  /** SHA-256 of its outcome codes, 32 bytes. */
  readonly digest: Uint8Array
}

/** `[author (32 bytes), seq, batch CID, digest]`. */
export function batchLeafBytes({ author, seq, batch, digest }: BatchLeaf): Uint8Array {
  return encode([fromKey(author), seq, batch, digest])
}

/** 32 bytes, over the leaves in order: by author, then seq. */
export function batchesRootOf(crypto: Crypto, leaves: Iterable<BatchLeaf>): Uint8Array {
  const tree = new ListTreeBuilder(crypto, batchTree)
  for (const leaf of leaves) tree.add(batchLeafBytes(leaf))
  return tree.root()
}
