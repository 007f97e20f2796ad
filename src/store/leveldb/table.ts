import { concat } from '../../../consensus/bytes.ts'
import { maskedCrc32c } from './crc32c.ts'
import { Cursor, FormError } from './cursor.ts'
import type { FileDamage, StoredEntry } from './file-damage.ts'
import { unsnappy } from './snappy.ts'

type BlockKind = 'list of filters' | 'index' | 'filter' | 'data'

/** Where a block lies. */
interface Block {
  readonly kind: BlockKind
  readonly offset: number
  /** Without the trailer. */
  readonly size: number
}

const footerLength = 48
const magic = Uint8Array.of(0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb)
/** A compression type (1 byte) and a checksum (4 bytes) stand behind each block. */
const trailerLength = 5
/** A sequence number and a kind stand behind each key. */
const keySuffixLength = 8
const compressedBySnappy = 1

/**
 * The damage in a table (doc/table_format.md of LevelDB). LevelDB itself checks none of this unless told to, which its binding
 * can't: it returns damaged bytes, misses keys behind a damaged index or filter, or aborts the process.
 */
export function tableDamage(file: Uint8Array): FileDamage[] {
  const roots = readFooter(file)
  if (roots === undefined)
    return [{ at: Math.max(0, file.length - footerLength), problem: 'the footer is damaged', entries: [] }]
  const blocks = [...roots, ...roots.flatMap(root => (isSound(file, root) ? listedBlocks(file, root) : []))]
  const damage = blocks.filter(block => !isSound(file, block)).map(block => blockDamage(file, block))
  return damage.length === 0 ? gap(file, blocks) : damage
}

function readFooter(file: Uint8Array): Block[] | undefined {
  if (file.length < footerLength) return undefined
  const footer = file.subarray(file.length - footerLength)
  if (magic.some((byte, i) => footer[footerLength - magic.length + i] !== byte)) return undefined
  try {
    const cursor = new Cursor(footer)
    return [readBlock('list of filters', cursor), readBlock('index', cursor)]
  } catch {
    return undefined
  }
}

function readBlock(kind: BlockKind, cursor: Cursor): Block {
  return { kind, offset: cursor.varint(), size: cursor.varint() }
}

/** The checksum covers the compression type as well. */
function isSound(file: Uint8Array, { offset, size }: Block): boolean {
  const end = offset + size
  if (end + trailerLength > file.length - footerLength) return false
  return new Cursor(file, end + 1).unsigned(4) === maskedCrc32c(file, offset, end + 1)
}

function blockDamage(file: Uint8Array, block: Block): FileDamage {
  const entries = block.kind === 'data' ? readableEntries(file, block) : []
  return { at: block.offset, problem: `a block (${block.kind}) does not match its checksum`, entries }
}

/** Only of a block that is sound, so a FormError here is a form we don't know. */
function listedBlocks(file: Uint8Array, root: Block): Block[] {
  const kind = root.kind === 'index' ? 'data' : 'filter'
  return readEntries(blockContent(file, root)).map(({ sealed }) => readBlock(kind, new Cursor(sealed)))
}

function blockContent(file: Uint8Array, { offset, size }: Block): Uint8Array {
  const stored = file.subarray(offset, offset + size)
  return file[offset + size] === compressedBySnappy ? unsnappy(stored) : stored
}

/** The entries of a damaged block, up to where they make no sense. */
function readableEntries(file: Uint8Array, block: Block): StoredEntry[] {
  const entries: StoredEntry[] = []
  try {
    readEntries(blockContent(file, block), entries)
  } catch {
    // What was read until here is all there is.
  }
  return entries.map(({ key, sealed }) => ({ key: key.subarray(0, -keySuffixLength), sealed }))
}

/** Each key says how much of it is the same as the key before. */
function readEntries(block: Uint8Array, entries: StoredEntry[] = []): StoredEntry[] {
  const restarts = new Cursor(block, block.length - 4).unsigned(4)
  const cursor = new Cursor(block.subarray(0, Math.max(0, block.length - 4 * (restarts + 1))))
  let previous: Uint8Array = new Uint8Array()
  while (!cursor.isAtEnd) {
    const [shared, unshared, length] = [cursor.varint(), cursor.varint(), cursor.varint()]
    if (shared > previous.length) throw new FormError('a shorter common part expected')
    const key = concat(previous.subarray(0, shared), cursor.take(unshared))
    entries.push({ key, sealed: cursor.take(length) })
    previous = key
  }
  return entries
}

/** Blocks and footer fill the file: what lies between belongs to a block that the index doesn't know. */
function gap(file: Uint8Array, blocks: readonly Block[]): FileDamage[] {
  let at = 0
  for (const { offset, size } of blocks.toSorted((a, b) => a.offset - b.offset)) {
    if (offset !== at) break
    at += size + trailerLength
  }
  return at === file.length - footerLength ? [] : [{ at, problem: 'the index does not know what is here', entries: [] }]
}
