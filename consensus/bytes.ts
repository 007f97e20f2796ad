/**
 * Bytes as map keys: a string with one char (0 to 255) per byte. JavaScript compares such strings in byte order,
 * so they serve as keys of maps and for sorting, without locale.
 */
export type ByteKey = string & { readonly __bytes?: never }

export function toKey(bytes: Uint8Array): ByteKey {
  return String.fromCharCode.apply(null, bytes as unknown as number[]) as ByteKey
}

export function fromKey(key: ByteKey): Uint8Array {
  const bytes = new Uint8Array(key.length)
  for (let i = 0; i < key.length; i++) bytes[i] = key.charCodeAt(i)
  return bytes
}

export function compareKeys(a: ByteKey, b: ByteKey): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length)
  for (let i = 0; i < shorter; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const joined = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/** Bytes of their own. `slice` makes none where they are a Node Buffer: there it is a view that keeps, and changes, the original. */
export function copyOf(bytes: Uint8Array, start = 0, end: number = bytes.length): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end))
}

const encoder = new TextEncoder()

export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** `domain ‖ 0x00 ‖ message`: what every signature of the protocol covers, so that none is valid in another role. */
export function domainSeparated(domain: string, message: Uint8Array): Uint8Array {
  return concat(utf8(domain), Uint8Array.of(0), message)
}

const hexDigits = '0123456789abcdef'

export function toHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += hexDigits[byte >> 4]! + hexDigits[byte & 15]!
  return text
}

/** Lower or upper case; undefined where the text is no hex. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16)
  return bytes
}

/** Big-endian; `value` is a safe non-negative integer. */
export function writeU64(target: Uint8Array, offset: number, value: number): void {
  writeU32(target, offset, Math.floor(value / 0x1_0000_0000))
  writeU32(target, offset + 4, value >>> 0)
}

export function writeU32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >>> 24
  target[offset + 1] = value >>> 16
  target[offset + 2] = value >>> 8
  target[offset + 3] = value
}

export function writeU16(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >>> 8
  target[offset + 1] = value
}

export function readU32(source: Uint8Array, offset: number): number {
  return source[offset]! * 0x100_0000 + ((source[offset + 1]! << 16) | (source[offset + 2]! << 8) | source[offset + 3]!)
}

/** Big-endian u64; the caller checks `Number.isSafeInteger` where the bytes come from outside. */
export function readU64(source: Uint8Array, offset: number): number {
  return readU32(source, offset) * 0x1_0000_0000 + readU32(source, offset + 4)
}

/** Big-endian u128. */
export function u128(value: bigint): Uint8Array {
  const bytes = new Uint8Array(16)
  let rest = value
  for (let i = 15; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return bytes
}

export function fromU128(bytes: Uint8Array): bigint {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return value
}
