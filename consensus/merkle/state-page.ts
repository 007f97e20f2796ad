import { type ByteKey, fromKey, readU64, toHex, writeU64 } from '../bytes.ts'
import { LedgerError } from '../errors.ts'
import { hashLength } from './tree-layout.ts'

/**
 * The state tree is kept in pages, so that a store holds a few large values. The page at depth d (bytes) holds the subtree of
 * all paths with one prefix of d bytes: up to `leafPageMax` leaves in a leaf page, more in an inner page with a child page
 * per next byte. The pages depend only on the set of leaves, as the root does.
 */
export type StatePage = LeafPage | InnerPage

/** The store below the tree. Synchronous: an update reads thousands of pages. */
export interface PageSource {
  /** Undefined where there is no such page. */
  get(key: ByteKey): Uint8Array | undefined
}

/** Larger pages cost more hashing and bytes per changed leaf, smaller ones more values. */
export const leafPageMax = 32
export const childrenPerPage = 256
/** Path and value hash. */
export const entryLength = 2 * hashLength

const leafKind = 0
const innerKind = 1
/** Byte of the path, count u64, hash. */
const childLength = 1 + 8 + hashLength

/** Depth byte ‖ prefix. */
export const rootPageKey: ByteKey = '\0'

export function childPageKey(key: ByteKey, byte: number): ByteKey {
  return String.fromCharCode(key.charCodeAt(0) + 1) + key.slice(1) + String.fromCharCode(byte)
}

/** Of the paths, 32 bytes each, at these offsets. */
export function comparePaths(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): number {
  for (let i = 0; i < hashLength; i++) {
    const difference = a[aAt + i]! - b[bAt + i]!
    if (difference !== 0) return difference
  }
  return 0
}

/** In bytes of the path. */
export function pageDepth(key: ByteKey): number {
  return key.charCodeAt(0)
}

/** Why a stored page can't be used. */
export type PageFault =
  /** Its parent names it, but it isn't there. */
  | 'missing'
  /** Its bytes are no page of this prefix. */
  | 'malformed'
  /** Its hash or count isn't the one its parent names. */
  | 'wrong'

/** The store below the state tree is damaged; `page` is the key of the page, in hex in the message. */
export class StatePageError extends LedgerError {
  readonly page: ByteKey
  readonly fault: PageFault

  constructor(page: ByteKey, fault: PageFault) {
    const shown = toHex(fromKey(page))
    super('state-page', `state page ${shown} is ${fault}`, { page: shown, fault })
    this.page = page
    this.fault = fault
  }
}

/** Items are single leaves, sorted by path. */
export class LeafPage {
  readonly kind = 'leaf'
  /** As `encode` gives them, so that most pages are never copied. */
  readonly #bytes: Uint8Array
  /** Per leaf its path and its value's hash, 64 bytes. */
  readonly entries: Uint8Array

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.entries = bytes.subarray(1)
  }

  /** `bytes` start with the kind of a leaf page. */
  static view(bytes: Uint8Array): LeafPage {
    return new LeafPage(bytes)
  }

  /** Of the first `length` bytes of `entries`, copied. */
  static copyOf(entries: Uint8Array, length: number): LeafPage {
    const bytes = new Uint8Array(1 + length)
    bytes[0] = leafKind
    bytes.set(length === entries.length ? entries : entries.subarray(0, length), 1)
    return new LeafPage(bytes)
  }

  get size(): number {
    return this.entries.length / entryLength
  }

  /** Leaves in the items [low, high). */
  countIn(low: number, high: number): number {
    return high - low
  }

  /** The first of the items [low, high) whose paths have this bit set; they agree in all bits before. */
  splitAt(low: number, high: number, bit: number): number {
    const mask = 0x80 >> (bit & 7)
    const byte = bit >> 3
    let split = low
    while (split < high && (this.entries[split * entryLength + byte]! & mask) === 0) split++
    return split
  }

  encode(): Uint8Array {
    return this.#bytes
  }
}

/** Items are the 256 children, empty ones too. */
export class InnerPage {
  readonly kind = 'inner'
  readonly size = childrenPerPage
  /** Leaves per child. */
  readonly counts = new Float64Array(childrenPerPage)
  /** The children's subtree hashes, 32 bytes each; a child with one leaf has that leaf's. */
  readonly hashes = new Uint8Array(childrenPerPage * hashLength)

  /** Leaves in the items [low, high). */
  countIn(low: number, high: number): number {
    let count = 0
    for (let i = low; i < high; i++) count += this.counts[i]!
    return count
  }

  /** The first of the items [low, high) whose paths have the bit set by which the span is halved. */
  splitAt(low: number, high: number): number {
    return (low + high) >> 1
  }

  /** The first child with a leaf in [low, high). */
  firstChild(low: number, high: number): number {
    let child = low
    while (child < high && this.counts[child] === 0) child++
    return child
  }

  hashOf(child: number): Uint8Array {
    return this.hashes.subarray(child * hashLength, (child + 1) * hashLength)
  }

  setChild(child: number, count: number, hash: Uint8Array): void {
    this.counts[child] = count
    this.hashes.set(hash, child * hashLength)
  }

  /** Children without leaves are left out. */
  encode(): Uint8Array {
    let children = 0
    for (const count of this.counts) if (count > 0) children++
    const bytes = new Uint8Array(1 + children * childLength)
    bytes[0] = innerKind
    let at = 1
    for (let child = 0; child < childrenPerPage; child++) {
      const count = this.counts[child]!
      if (count === 0) continue
      bytes[at] = child
      writeU64(bytes, at + 1, count)
      bytes.set(this.hashOf(child), at + 9)
      at += childLength
    }
    return bytes
  }
}

/** Throws StatePageError (malformed) unless the bytes are exactly what `encode` writes for a page with this key. */
export function parsePage(key: ByteKey, bytes: Uint8Array): StatePage {
  const page = parseKind(key, bytes)
  if (page === undefined) throw new StatePageError(key, 'malformed')
  return page
}

function parseKind(key: ByteKey, bytes: Uint8Array): StatePage | undefined {
  if (bytes[0] === leafKind) return parseLeafPage(key, bytes)
  return bytes[0] === innerKind && pageDepth(key) < hashLength ? parseInnerPage(bytes) : undefined
}

function parseLeafPage(key: ByteKey, bytes: Uint8Array): LeafPage | undefined {
  const page = LeafPage.view(bytes)
  if (!Number.isInteger(page.size) || page.size < 1 || page.size > leafPageMax) return undefined
  for (let i = 0; i < page.size; i++) {
    const at = i * entryLength
    if (!hasPrefix(page.entries, at, key)) return undefined
    if (i > 0 && comparePaths(page.entries, at - entryLength, page.entries, at) >= 0) return undefined
  }
  return page
}

function hasPrefix(entries: Uint8Array, at: number, key: ByteKey): boolean {
  for (let i = 1; i < key.length; i++) if (entries[at + i - 1] !== key.charCodeAt(i)) return false
  return true
}

function parseInnerPage(bytes: Uint8Array): InnerPage | undefined {
  if ((bytes.length - 1) % childLength !== 0) return undefined
  const page = new InnerPage()
  let previous = -1
  for (let at = 1; at < bytes.length; at += childLength) {
    const child = bytes[at]!
    const count = readU64(bytes, at + 1)
    if (child <= previous || count === 0 || !Number.isSafeInteger(count)) return undefined
    page.setChild(child, count, bytes.subarray(at + 9, at + childLength))
    previous = child
  }
  return page.countIn(0, page.size) > leafPageMax ? page : undefined
}

/** The page of a child with `count` leaves by its parent; throws StatePageError. */
export function readChild(source: PageSource, key: ByteKey, count: number): StatePage {
  const bytes = source.get(key)
  if (bytes === undefined) throw new StatePageError(key, 'missing')
  const page = parsePage(key, bytes)
  if (page.countIn(0, page.size) !== count) throw new StatePageError(key, 'wrong')
  return page
}

/** The page with the whole tree; without one the tree is empty. */
export function readRootPage(source: PageSource): StatePage {
  const bytes = source.get(rootPageKey)
  return bytes === undefined ? emptyPage : parsePage(rootPageKey, bytes)
}

export const emptyPage: StatePage = LeafPage.copyOf(new Uint8Array(0), 0)
