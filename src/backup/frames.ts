import { concat, readU32, writeU32 } from '../../consensus/bytes.ts'
import { LedgerError } from '../../consensus/errors.ts'

/** A frame is its length (u32) and its bytes. Nothing that is written comes near to this. */
const frameBytesMax = 64 * 1024 * 1024
const lengthBytes = 4

export function frame(bytes: Uint8Array): Uint8Array {
  const framed = new Uint8Array(lengthBytes + bytes.length)
  writeU32(framed, 0, bytes.length)
  framed.set(bytes, lengthBytes)
  return framed
}

/** Throws LedgerError `backup-damaged` where the last frame is cut off or one is too long. */
export async function* framesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = []
  let length = 0
  let wanted = lengthBytes
  for await (const piece of pieces) {
    held.push(piece)
    length += piece.length
    // Pieces are joined when they hold a frame, not one by one.
    if (length < wanted) continue
    let rest = held.length === 1 ? piece : concat(...held)
    for (wanted = wantedOf(rest); rest.length >= wanted && wanted > lengthBytes; wanted = wantedOf(rest)) {
      yield rest.subarray(lengthBytes, wanted)
      rest = rest.subarray(wanted)
    }
    held = [rest]
    length = rest.length
  }
  if (length > 0) throw damagedBackup('it ends in the middle')
}

/** Bytes that the next frame takes, or its length if that isn't there yet. An empty frame is none of ours. */
function wantedOf(bytes: Uint8Array): number {
  if (bytes.length < lengthBytes) return lengthBytes
  const length = readU32(bytes, 0)
  if (length === 0 || length > frameBytesMax) throw damagedBackup(`a part of ${length} bytes`)
  return lengthBytes + length
}

export function damagedBackup(problem: string): LedgerError {
  return new LedgerError(
    'backup-damaged',
    `this is no whole backup: ${problem}`,
    {},
    'take another backup; nothing was restored',
  )
}
