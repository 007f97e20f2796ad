import { concat } from '../../../consensus/bytes.ts'
import { maskedCrc32c } from './crc32c.ts'
import { Cursor } from './cursor.ts'

/** One record of a file in LevelDB's log format (doc/log_format.md): a batch of a log, an edit of a manifest. */
export interface LogRecord {
  /** Offset in the file, in bytes. */
  readonly at: number
  readonly bytes: Uint8Array
  /** False where the bytes don't match their checksums. */
  readonly isSound: boolean
}

/** The head of a record was damaged: where the next one begins is unknown. */
export class RecordHeadError extends Error {
  readonly at: number

  constructor(at: number) {
    super('the head of a record is damaged')
    this.at = at
  }
}

const blockLength = 32 * 1024
/** Checksum (4 bytes), length (2), type (1). */
const headerLength = 7
const typeFull = 1
const typeFirst = 2
const typeLast = 4

/** The records up to the torn end that a power failure may leave; nothing behind that was confirmed. Throws RecordHeadError. */
export function* readRecords(file: Uint8Array): Generator<LogRecord> {
  const dataEnd = endOfData(file)
  const torn = firstEmptySector(file, dataEnd)
  let open: OpenRecord | undefined
  for (let at = 0; at < dataEnd && at + headerLength <= torn; ) {
    const room = blockLength - (at % blockLength)
    if (room < headerLength) {
      at += room
      continue
    }
    const { kept, length, type } = readHeader(file, at)
    const end = at + headerLength + length
    if (headerLength + length > room || type < typeFull || type > typeLast) throw new RecordHeadError(at)
    // The checksum covers the type as well.
    const isSound = end <= file.length && kept === maskedCrc32c(file, at + headerLength - 1, end)
    // A record may end in zeros of its own.
    if (end > torn && !isSound) break
    const begins = type === typeFull || type === typeFirst
    if (open !== undefined && begins) yield finish(open, false)
    // A fragment in the middle needs one before it.
    if (open === undefined || begins) open = { at, fragments: [], isSound: begins }
    open.fragments.push(file.subarray(at + headerLength, end))
    if (!isSound) open.isSound = false
    if (type === typeFull || type === typeLast) {
      yield finish(open, open.isSound)
      open = undefined
    }
    at = end
  }
  if (open !== undefined && !open.isSound) yield finish(open, false)
}

interface OpenRecord {
  readonly at: number
  readonly fragments: Uint8Array[]
  isSound: boolean
}

function finish({ at, fragments }: OpenRecord, isSound: boolean): LogRecord {
  return { at, bytes: concat(...fragments), isSound }
}

function readHeader(file: Uint8Array, at: number): { kept: number; length: number; type: number } {
  const cursor = new Cursor(file, at)
  return { kept: cursor.unsigned(4), length: cursor.unsigned(2), type: cursor.byte() }
}

const sectorLength = 512

/** Behind the last byte that isn't zero. */
function endOfData(file: Uint8Array): number {
  let end = file.length
  while (end > 0 && file[end - 1] === 0) end--
  return end
}

/** Where a file grew but its bytes never arrived, it ends in whole sectors of zeros: the first of them, or the file's end. */
function firstEmptySector(file: Uint8Array, dataEnd: number): number {
  return Math.min(file.length, Math.ceil(dataEnd / sectorLength) * sectorLength)
}
