import { utf8 } from '../bytes.ts'
import { Cid } from '../cid.ts'
import { MalformedError } from '../errors.ts'
import type { Value, ValueMap } from './value.ts'

/**
 * R1: the canonical DAG-CBOR bytes of a value: shortest integers, keys ordered by length and bytes. Map entries that are
 * undefined are left out. Throws MalformedError for what the ledger never stores: floats, unsafe integers, lone surrogates.
 */
export function encode(value: Value): Uint8Array {
  const writer = new Writer()
  writer.value(value)
  return writer.finish()
}

const majorNegative = 1
const majorBytes = 2
const majorText = 3
const majorList = 4
const majorMap = 5
const initialSize = 512

class Writer {
  #bytes = new Uint8Array(initialSize)
  #length = 0

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  value(value: Value): void {
    if (typeof value === 'number') this.#integer(value)
    else if (typeof value === 'string') this.#text(value)
    else if (value === null) this.#byte(0xf6)
    else if (value === true) this.#byte(0xf5)
    else if (value === false) this.#byte(0xf4)
    else if (value instanceof Uint8Array) this.#byteString(value)
    else if (value instanceof Cid) this.#link(value)
    else if (Array.isArray(value)) this.#list(value)
    else if (typeof value === 'object') this.#map(value as ValueMap)
    else throw new MalformedError('value', 'a DAG-CBOR value', value)
  }

  #integer(value: number): void {
    if (!Number.isSafeInteger(value)) throw new MalformedError('value', 'a safe integer', value)
    // Minus zero has no encoding of its own.
    if (value >= 0) this.#head(0, value)
    else this.#head(majorNegative, -1 - value)
  }

  #text(value: string): void {
    if (!value.isWellFormed()) throw new MalformedError('value', 'text without lone surrogates', value)
    const bytes = utf8(value)
    this.#head(majorText, bytes.length)
    this.#raw(bytes)
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

  #list(values: readonly Value[]): void {
    this.#head(majorList, values.length)
    for (const value of values) this.value(value)
  }

  #map(map: ValueMap): void {
    const entries: [Uint8Array, Value][] = []
    for (const key of Object.keys(map)) {
      const value = map[key]
      if (value !== undefined) entries.push([utf8(key), value])
    }
    entries.sort(([a], [b]) => compareMapKeys(a, b))
    this.#head(majorMap, entries.length)
    for (const [key, value] of entries) {
      this.#head(majorText, key.length)
      this.#raw(key)
      this.value(value)
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
    if (this.#length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.#length++] = byte
  }

  #raw(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) this.#grow(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #grow(by: number): void {
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + by))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}

function compareMapKeys(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return a.length - b.length
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return 0
}
