import { fromKey, writeU16, writeU64 } from '../../bytes.ts'
import type { RefKey } from '../../ref.ts'
import type { PaidRecord } from '../paid-record.ts'

/**
 * {ref, session, fee, settled after} of a paid record in a fixed layout: ref (32 + 2 bytes), session (32 + 2), fee (8),
 * settled after (8), big-endian. Fixed because there are several of these for each inference.
 */
export const recordLeafBytes = 84

/** The leaves of many records, one behind the other. */
export function recordLeaves(records: readonly PaidRecord[]): Uint8Array {
  const leaves = new Uint8Array(records.length * recordLeafBytes)
  const sessions = new Map<RefKey, Uint8Array>()
  for (let i = 0; i < records.length; i++) writeRecordLeaf(leaves, i * recordLeafBytes, records[i]!, sessions)
  return leaves
}

function writeRecordLeaf(
  target: Uint8Array,
  offset: number,
  record: PaidRecord,
  sessions: Map<RefKey, Uint8Array>,
): void {
  let session = sessions.get(record.session)
  if (session === undefined) {
    session = fromKey(record.session)
    sessions.set(record.session, session)
  }
  target.set(record.batch.digest, offset)
  writeU16(target, offset + 32, record.index)
  target.set(session, offset + 34)
  writeU64(target, offset + 68, record.fee)
  writeU64(target, offset + 76, record.settledAfter)
}
