import { Cursor } from './cursor.ts'
import type { FileDamage, StoredEntry } from './file-damage.ts'
import { RecordHeadError, readRecords } from './record.ts'

/** Sequence number and count in front of a batch. */
const batchHeadLength = 12
const tagPut = 1

/**
 * The damage in a log of batches. LevelDB skips it in silence, with all that was written at once with it, and deletes the log:
 * so this runs before it opens.
 */
export function logDamage(file: Uint8Array): FileDamage[] {
  const damage: FileDamage[] = []
  try {
    for (const { at, bytes, isSound } of readRecords(file)) {
      if (!isSound) damage.push({ at, problem: 'the bytes do not match their checksum', entries: readableBatch(bytes) })
    }
  } catch (error) {
    if (!(error instanceof RecordHeadError)) throw error
    damage.push({ at: error.at, problem: error.message, entries: [] })
  }
  return damage
}

/** What a batch puts, up to where it makes no sense. */
function readableBatch(batch: Uint8Array): StoredEntry[] {
  const entries: StoredEntry[] = []
  const cursor = new Cursor(batch, batchHeadLength)
  try {
    while (!cursor.isAtEnd) {
      const tag = cursor.byte()
      const key = cursor.take(cursor.varint())
      if (tag === tagPut) entries.push({ key, sealed: cursor.take(cursor.varint()) })
    }
  } catch {
    // What was read until here is all there is.
  }
  return entries
}
