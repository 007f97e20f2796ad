import { Cursor, FormError } from './cursor.ts'

/** LevelDB's blocks are far smaller; a damaged length may say anything. */
const lengthMax = 64 * 1024 * 1024

/** Undoes Snappy's raw format (google/snappy, format_description.txt); throws FormError. */
export function unsnappy(compressed: Uint8Array): Uint8Array {
  const cursor = new Cursor(compressed)
  const length = cursor.varint()
  if (length > lengthMax) throw new FormError(`at most ${lengthMax} bytes expected`)
  const plain = new Uint8Array(length)
  let filled = 0
  while (!cursor.isAtEnd) {
    const tag = cursor.byte()
    if ((tag & 3) === 0) {
      const literal = cursor.take(literalLength(tag, cursor))
      if (filled + literal.length > length) throw new FormError('fewer bytes expected')
      plain.set(literal, filled)
      filled += literal.length
    } else filled = copyBack(plain, filled, readCopy(tag, cursor))
  }
  if (filled !== length) throw new FormError('more bytes expected')
  return plain
}

/** Up to 60 in the tag itself, else in the 1 to 4 bytes behind it. */
function literalLength(tag: number, cursor: Cursor): number {
  const short = tag >> 2
  if (short < 60) return short + 1
  const lengthBytes = short - 59
  return 1 + (lengthBytes === 1 ? cursor.byte() : cursor.unsigned(lengthBytes as 2 | 3 | 4))
}

interface Copy {
  readonly length: number
  /** How far back it begins. */
  readonly distance: number
}

function readCopy(tag: number, cursor: Cursor): Copy {
  if ((tag & 3) === 1) return { length: ((tag >> 2) & 7) + 4, distance: ((tag >> 5) << 8) | cursor.byte() }
  return { length: (tag >> 2) + 1, distance: cursor.unsigned((tag & 3) === 2 ? 2 : 4) }
}

/** Byte by byte: a copy may reach into what it writes. */
function copyBack(plain: Uint8Array, filled: number, { length, distance }: Copy): number {
  const end = filled + length
  if (distance === 0 || distance > filled || end > plain.length) throw new FormError('a copy of bytes before expected')
  for (let i = filled; i < end; i++) plain[i] = plain[i - distance]!
  return end
}
