import { copyOf } from '../bytes.ts'
import { Cid } from '../cid.ts'
import { LedgerError } from '../errors.ts'
import { depthMax, type Value, type ValueMap } from './value.ts'

/** The bytes are not the one canonical encoding of any value (R1). */
export class EncodingError extends LedgerError {
  constructor(expected: string, offset: number) {
    super('encoding', `byte ${offset}: expected ${expected}`, { expected, offset })
  }
}

/** R1: decodes strictly. What it accepts is exactly what `encode` writes; anything else throws EncodingError. */
export function decode(bytes: Uint8Array): Value {
  const reader = new Reader(bytes)
  const value = reader.value(0)
  reader.end()
  return value
}

/** Decodes a list and also tells where each item lies: item i is `bytes.subarray(offsets[i], offsets[i + 1])`. */
export function decodeList(bytes: Uint8Array, countMax: number): { items: Value[]; offsets: number[] } {
  const reader = new Reader(bytes)
  const count = reader.listHeader(countMax)
  const items: Value[] = new Array(count)
  const offsets: number[] = new Array(count + 1)
  for (let i = 0; i < count; i++) {
    offsets[i] = reader.offset
    items[i] = reader.value(1)
  }
  offsets[count] = reader.offset
  reader.end()
  return { items, offsets }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const majorUnsigned = 0
const majorNegative = 1
const majorBytes = 2
const majorText = 3
const majorList = 4
const majorMap = 5
const majorTag = 6
const tagLink = 42

class Reader {
  readonly #bytes: Uint8Array
  offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  end(): void {
    if (this.offset !== this.#bytes.length) throw new EncodingError('the end', this.offset)
  }

  value(depth: number): Value {
    if (depth > depthMax) throw new EncodingError(`at most ${depthMax} levels`, this.offset)
    const initial = this.#byte()
    const major = initial >> 5
    switch (major) {
      case majorUnsigned:
        return this.#argument(initial)
      case majorNegative: {
        const argument = this.#argument(initial)
        if (argument === Number.MAX_SAFE_INTEGER) throw new EncodingError('a safe integer', this.offset)
        return -1 - argument
      }
      case majorBytes:
        return this.#take(this.#argument(initial))
      case majorText:
        return this.#text(this.#argument(initial))
      case majorList:
        return this.#list(this.#count(initial, 1), depth)
      case majorMap:
        return this.#map(this.#count(initial, 2), depth)
      case majorTag:
        return this.#link(initial)
      default:
        if (initial === 0xf6) return null
        if (initial === 0xf5) return true
        if (initial === 0xf4) return false
        throw new EncodingError('a value without floats, undefined or simple values', this.offset - 1)
    }
  }

  listHeader(countMax: number): number {
    const initial = this.#byte()
    if (initial >> 5 !== majorList) throw new EncodingError('a list', this.offset - 1)
    const count = this.#count(initial, 1)
    if (count > countMax) throw new EncodingError(`a list of at most ${countMax}`, this.offset)
    return count
  }

  #byte(): number {
    const byte = this.#bytes[this.offset]
    if (byte === undefined) throw new EncodingError('more bytes', this.offset)
    this.offset++
    return byte
  }

  #take(length: number): Uint8Array {
    const end = this.offset + length
    if (end > this.#bytes.length) throw new EncodingError(`${length} more bytes`, this.offset)
    const taken = this.#bytes.subarray(this.offset, end)
    this.offset = end
    return taken
  }

  /** The integer in and behind an initial byte, in its shortest form and safe. */
  #argument(initial: number): number {
    const short = initial & 31
    if (short < 24) return short
    const start = this.offset
    if (short === 24) {
      const value = this.#byte()
      if (value < 24) throw new EncodingError('the shortest integer', start)
      return value
    }
    if (short === 25) {
      const value = this.#byte() * 0x100 + this.#byte()
      if (value < 0x100) throw new EncodingError('the shortest integer', start)
      return value
    }
    if (short === 26) {
      const value = this.#u32()
      if (value < 0x1_0000) throw new EncodingError('the shortest integer', start)
      return value
    }
    if (short === 27) {
      const high = this.#u32()
      const value = high * 0x1_0000_0000 + this.#u32()
      if (high === 0) throw new EncodingError('the shortest integer', start)
      if (!Number.isSafeInteger(value)) throw new EncodingError('a safe integer', start)
      return value
    }
    throw new EncodingError('a definite length', start - 1)
  }

  #u32(): number {
    return this.#byte() * 0x100_0000 + this.#byte() * 0x1_0000 + this.#byte() * 0x100 + this.#byte()
  }

  /** A count of items that take at least `bytesEach`: refused before anything is allocated for it. */
  #count(initial: number, bytesEach: number): number {
    const count = this.#argument(initial)
    if (count * bytesEach > this.#bytes.length - this.offset) throw new EncodingError(`${count} items`, this.offset)
    return count
  }

  #text(length: number): string {
    const start = this.offset
    const taken = this.#take(length)
    if (length <= shortTextMax) {
      let text = ''
      for (let i = 0; i < length; i++) {
        const byte = taken[i]!
        if (byte >= 0x80) return decodeUtf8(taken, start)
        text += String.fromCharCode(byte)
      }
      return text
    }
    return decodeUtf8(taken, start)
  }

  #list(count: number, depth: number): Value[] {
    const items: Value[] = new Array(count)
    for (let i = 0; i < count; i++) items[i] = this.value(depth + 1)
    return items
  }

  #map(count: number, depth: number): ValueMap {
    const map: Record<string, Value> = {}
    let previousStart = 0
    let previousEnd = 0
    for (let i = 0; i < count; i++) {
      const initial = this.#byte()
      if (initial >> 5 !== majorText) throw new EncodingError('a text key', this.offset - 1)
      const length = this.#argument(initial)
      const start = this.offset
      const end = start + length
      if (end > this.#bytes.length) throw new EncodingError(`${length} more bytes`, start)
      if (i > 0 && !this.#keyRises(previousStart, previousEnd, start, end)) {
        throw new EncodingError('keys in canonical order without duplicates', start)
      }
      previousStart = start
      previousEnd = end
      const key = this.#key(start, end)
      map[key] = this.value(depth + 1)
    }
    return map
  }

  /** Canonical order of keys: the shorter first, then by bytes. */
  #keyRises(aStart: number, aEnd: number, bStart: number, bEnd: number): boolean {
    const difference = bEnd - bStart - (aEnd - aStart)
    if (difference !== 0) return difference > 0
    const bytes = this.#bytes
    for (let i = 0; aStart + i < aEnd; i++) {
      const step = bytes[bStart + i]! - bytes[aStart + i]!
      if (step !== 0) return step > 0
    }
    return false
  }

  #key(start: number, end: number): string {
    const bytes = this.#bytes
    let hash = end - start
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + bytes[i]!) & keyCacheMask
    const cached = keyCache[hash]
    this.offset = end
    if (cached !== undefined && this.#spells(cached, start, end)) return cached
    const key = decodeUtf8(bytes.subarray(start, end), start)
    // Assigning it would change the map's prototype instead of adding a key.
    if (key === '__proto__') throw new EncodingError('a key other than __proto__', start)
    // Only ASCII is compared byte by byte: of another text the chars aren't the bytes.
    if (key.length === end - start) keyCache[hash] = key
    return key
  }

  #spells(text: string, start: number, end: number): boolean {
    if (text.length !== end - start) return false
    for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== this.#bytes[start + i]) return false
    return true
  }

  #link(initial: number): Cid {
    const start = this.offset - 1
    if (this.#argument(initial) !== tagLink) throw new EncodingError('tag 42', start)
    const head = this.#byte()
    if (head >> 5 !== majorBytes) throw new EncodingError('bytes', this.offset - 1)
    const length = this.#argument(head)
    const cidStart = this.offset + 1
    const end = this.offset + length
    if (length < 1 || end > this.#bytes.length) throw new EncodingError(`${length} more bytes`, this.offset)
    if (this.#bytes[this.offset] !== 0) throw new EncodingError('a CID behind a zero byte', start)
    this.offset = end
    return this.#cid(cidStart, end)
  }

  #cid(start: number, end: number): Cid {
    const bytes = this.#bytes
    // A digest's bytes are as good as random: two of them are a hash.
    const slot = ((bytes[end - 1]! << 8) | bytes[end - 2]!) & linkCacheMask
    const cached = linkCache[slot]
    if (cached !== undefined && this.#holds(cached.bytes, start, end)) return cached
    try {
      // A copy: a kept link must not keep the whole block that it came in.
      const cid = Cid.parse(copyOf(bytes, start, end))
      linkCache[slot] = cid
      return cid
    } catch {
      throw new EncodingError('a CIDv1 with SHA-256', start)
    }
  }

  #holds(known: Uint8Array, start: number, end: number): boolean {
    if (known.length !== end - start) return false
    for (let i = known.length - 1; i >= 0; i--) if (known[i] !== this.#bytes[start + i]) return false
    return true
  }
}

/** The same links recur: sessions, models, much used assets. A bounded memo, it changes no result. */
const linkCacheMask = 4095
const linkCache: (Cid | undefined)[] = new Array(linkCacheMask + 1)

const shortTextMax = 24

/** Keys recur in every record: strings made once. A bounded memo, it changes no result. */
const keyCacheMask = 1023
const keyCache: (string | undefined)[] = new Array(keyCacheMask + 1)

function decodeUtf8(bytes: Uint8Array, offset: number): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new EncodingError('valid UTF-8', offset)
  }
}
