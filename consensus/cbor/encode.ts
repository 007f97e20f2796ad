import { compareBytes, concat, copyOf, utf8 } from '../bytes.ts'
import { Cid } from '../cid.ts'
import { MalformedError } from '../errors.ts'
import { depthMax, type Value, type ValueMap } from './value.ts'

/**
 * R1: the canonical DAG-CBOR bytes of a value: shortest integers, keys ordered by length and bytes. Map entries that are
 * undefined are left out. Throws MalformedError for what `decode` refuses: floats, unsafe integers, lone surrogates, a key
 * `__proto__`, more than `depthMax` levels.
 */
export function encode(value: Value): Uint8Array {
  writer.begin()
  writer.value(value, 0)
  return writer.finish()
}

/** The list of items that are encoded already: a list's head differs from that of its count as an integer in the major type. */
export function encodedList(items: readonly Uint8Array[]): Uint8Array {
  const head = encode(items.length)
  head[0]! |= majorList << 5
  return concat(head, ...items)
}

const majorNegative = 1
const majorBytes = 2
const majorText = 3
const majorList = 4
const majorMap = 5
const initialSize = 4096
const shortTextMax = 24

/** Beyond this size the buffer isn't kept for the next value. */
const keptSize = 1024 * 1024

class Writer {
  #bytes = new Uint8Array(initialSize)
  #length = 0

  begin(): void {
    this.#length = 0
    if (this.#bytes.length > keptSize) this.#bytes = new Uint8Array(initialSize)
  }

  finish(): Uint8Array {
    return copyOf(this.#bytes, 0, this.#length)
  }

  value(value: Value, depth: number): void {
    if (depth > depthMax) throw new MalformedError('value', `at most ${depthMax} levels`, value)
    if (typeof value === 'number') this.#integer(value)
    else if (typeof value === 'string') this.#text(value)
    else if (value === null) this.#byte(0xf6)
    else if (value === true) this.#byte(0xf5)
    else if (value === false) this.#byte(0xf4)
    else if (value instanceof Uint8Array) this.#byteString(value)
    else if (value instanceof Cid) this.#link(value)
    else if (Array.isArray(value)) this.#list(value, depth)
    else if (typeof value === 'object') this.#map(value as ValueMap, depth)
    else throw new MalformedError('value', 'a DAG-CBOR value', value)
  }

  #integer(value: number): void {
    if (!Number.isSafeInteger(value)) throw new MalformedError('value', 'a safe integer', value)
    // Minus zero has no encoding of its own.
    if (value >= 0) this.#head(0, value)
    else this.#head(majorNegative, -1 - value)
  }

  #text(value: string): void {
    if (this.#shortAscii(value)) return
    if (!value.isWellFormed()) throw new MalformedError('value', 'text without lone surrogates', value)
    const bytes = utf8(value)
    this.#head(majorText, bytes.length)
    this.#raw(bytes)
  }

  /** Most texts are kinds, names and keys: written char by char, in a tenth of the time of an encoder. */
  #shortAscii(value: string): boolean {
    const { length } = value
    if (length >= shortTextMax) return false
    this.#reserve(length + 1)
    const start = this.#length
    this.#bytes[start] = (majorText << 5) | length
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i)
      if (unit >= 0x80) return false
      this.#bytes[start + 1 + i] = unit
    }
    this.#length = start + 1 + length
    return true
  }

  #byteString(value: Uint8Array): void {
    this.#head(majorBytes, value.length)
    this.#raw(value)
  }

  #link(cid: Cid): void {
    this.#byte(0xd8)
    this.#byte(42)
    this.#head(majorBytes, cid.bytes.length + 1)
    this.#byte(0)
    this.#raw(cid.bytes)
  }

  #list(values: readonly Value[], depth: number): void {
    this.#head(majorList, values.length)
    for (const value of values) this.value(value, depth + 1)
  }

  #map(map: ValueMap, depth: number): void {
    const keys: string[] = []
    for (const key of Object.keys(map)) if (map[key] !== undefined) keys.push(key)
    keys.sort(compareMapKeys)
    this.#head(majorMap, keys.length)
    for (const key of keys) {
      if (key === '__proto__') throw new MalformedError('value', 'a key other than __proto__', key)
      this.#text(key)
      this.value(map[key]!, depth + 1)
    }
  }

  #head(major: number, argument: number): void {
    const top = major << 5
    if (argument < 24) this.#byte(top | argument)
    else if (argument < 0x100) {
      this.#byte(top | 24)
      this.#byte(argument)
    } else if (argument < 0x1_0000) {
      this.#byte(top | 25)
      this.#byte(argument >> 8)
      this.#byte(argument & 255)
    } else if (argument < 0x1_0000_0000) {
      this.#byte(top | 26)
      this.#u32(argument)
    } else {
      this.#byte(top | 27)
      this.#u32(Math.floor(argument / 0x1_0000_0000))
      this.#u32(argument >>> 0)
    }
  }

  #u32(value: number): void {
    this.#byte(value >>> 24)
    this.#byte((value >>> 16) & 255)
    this.#byte((value >>> 8) & 255)
    this.#byte(value & 255)
  }

  #byte(byte: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = byte
  }

  #raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}

/** One for all: encoding calls nothing that encodes. */
const writer = new Writer()

/** By length and bytes of their UTF-8. Of ASCII keys, that is by length and chars. */
function compareMapKeys(a: string, b: string): number {
  if (isAscii(a) && isAscii(b)) return a.length - b.length || (a < b ? -1 : 1)
  const x = utf8(a)
  const y = utf8(b)
  return x.length - y.length || compareBytes(x, y)
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false
  return true
}
