import { decodeHeader } from '../../consensus/batch.ts'
import { equalBytes } from '../../consensus/bytes.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import type { Cut, CutEntry } from '../../consensus/cut.ts'
import { type BatchName, batchesRootOf } from '../../consensus/ledger/batches-root.ts'
import type { Ledger } from './ledger.ts'

/** The batches that a cut finalizes on the head, in the order of `batchesRoot`; undefined where it doesn't follow from it. */
export function batchesOfCut(ledger: Ledger, cut: Cut): BatchName[] | undefined {
  const batches: BatchName[] = []
  for (const entry of cut) {
    const part = batchesOfEntry(ledger, entry)
    if (part === undefined) return undefined
    batches.push(...part)
  }
  return batches
}

function batchesOfEntry(ledger: Ledger, { author, seq, batch }: CutEntry): BatchName[] | undefined {
  const final = ledger.account(author)
  const part: BatchName[] = []
  let cid: Cid | null = batch
  for (let at = seq; at > final.seq; at--) {
    const stored = cid === null ? undefined : ledger.store.batches.get(cid)
    if (stored === undefined) return undefined
    const header = decodeHeader(stored.header, ledger.chain)
    part.push({ author, seq: at, batch: cid! })
    cid = header.prev
  }
  return cid?.key === final.head?.key ? part.reverse() : undefined
}

/**
 * Whether batches are those of a checkpoint, by what somebody says of their outcomes (32 bytes each, in order): nobody finds others
 * that come to the same root (32 bytes).
 */
export function provesBatches(
  crypto: Crypto,
  batches: readonly BatchName[],
  digests: Uint8Array,
  root: Uint8Array,
): boolean {
  if (digests.length !== 32 * batches.length) return false
  const leaves = batches.map((batch, i) => ({ ...batch, digest: digests.subarray(32 * i, 32 * i + 32) }))
  return equalBytes(batchesRootOf(crypto, leaves), root)
}
