import { Cursor, FormError } from './cursor.ts'
import { readRecords } from './record.ts'

/** The files that make up the database. Others in its folder are leftovers, whole or not, that the next opening removes. */
export interface LiveFiles {
  /** Numbers of tables. */
  readonly tables: ReadonlySet<number>
  /** Logs from this number on are replayed. */
  readonly firstLog: number
}

/** What one edit says, by its tags; each is followed by fields of the kinds listed. */
const fieldsByTag: Readonly<Record<number, readonly ('number' | 'bytes')[]>> = {
  1: ['bytes'], // the comparator's name
  2: ['number'], // the first log to replay
  3: ['number'], // the next file's number
  4: ['number'], // the last sequence number
  5: ['number', 'bytes'], // where a level's next compaction begins
  6: ['number', 'number'], // a table that went: level, number
  7: ['number', 'number', 'number', 'bytes', 'bytes'], // a new table: level, number, size, least key, greatest key
  9: ['number'], // a log before the first, of old versions
}
const tagLog = 2
const tagGone = 6
const tagNew = 7

/** Replays the edits of a manifest. Throws FormError or RecordHeadError where it is damaged; LevelDB refuses it then, too. */
export function liveFiles(manifest: Uint8Array): LiveFiles {
  const tables = new Set<number>()
  let firstLog = 0
  let edits = 0
  for (const { bytes, isSound } of readRecords(manifest)) {
    if (!isSound) throw new FormError('an edit that matches its checksum expected')
    edits++
    for (const [tag, first, second] of readEdit(bytes)) {
      if (tag === tagLog) firstLog = first
      if (tag === tagNew) tables.add(second)
      if (tag === tagGone) tables.delete(second)
    }
  }
  if (edits === 0) throw new FormError('a first edit expected')
  return { tables, firstLog }
}

function readEdit(edit: Uint8Array): [tag: number, first: number, second: number][] {
  const cursor = new Cursor(edit)
  const changes: [number, number, number][] = []
  while (!cursor.isAtEnd) {
    const tag = cursor.varint()
    const fields = fieldsByTag[tag]
    if (fields === undefined) throw new FormError(`tag ${tag} of an edit is unknown`)
    const numbers = fields.map(field => (field === 'number' ? cursor.varint() : cursor.take(cursor.varint()).length))
    changes.push([tag, numbers[0]!, numbers[1] ?? 0])
  }
  return changes
}
