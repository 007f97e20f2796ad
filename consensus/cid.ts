import { base32 } from 'multiformats/bases/base32'
import { type ByteKey, equalBytes, toKey } from './bytes.ts'
import type { Crypto } from './crypto.ts'
import { MalformedError } from './errors.ts'

export const codecDagCbor = 0x71
export const codecRaw = 0x55
const sha256Code = 0x12
const digestLength = 32
/** Version, codec (at most 4 bytes of varint), hash code, hash length, digest. */
const cidLengthMax = 1 + 4 + 2 + digestLength

/**
 * A CIDv1 with a SHA-256 digest, as a view on its bytes: parsing CID objects is the dearest part of decoding a record,
 * and most links are only compared.
 */
export class Cid {
  readonly bytes: Uint8Array
  #key: ByteKey | undefined
  #digestKey: ByteKey | undefined

  /** `bytes` are trusted to be a CID; what comes from outside goes through `parse` or the decoder. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  /** Throws MalformedError unless the bytes are exactly a CIDv1 with SHA-256. */
  static parse(bytes: Uint8Array, field = 'cid'): Cid {
    if (!isCid(bytes)) throw new MalformedError(field, 'a CIDv1 with SHA-256', bytes)
    return new Cid(bytes)
  }

  /** From its text (base32, `b…`). */
  static fromText(text: string, field = 'cid'): Cid {
    let bytes: Uint8Array
    try {
      bytes = base32.decode(text)
    } catch {
      throw new MalformedError(field, 'a CID like bafy…', text)
    }
    const cid = Cid.parse(bytes, field)
    // Base32 has spare bits: only one text may name one CID.
    if (cid.toString() !== text) throw new MalformedError(field, 'a CID like bafy…', text)
    return cid
  }

  /** Of a block with the given bytes; the codec is DAG-CBOR unless said otherwise. */
  static of(crypto: Crypto, block: Uint8Array, codec = codecDagCbor): Cid {
    return Cid.fromDigest(crypto.sha256(block), codec)
  }

  static fromDigest(digest: Uint8Array, codec = codecDagCbor): Cid {
    const bytes = new Uint8Array(4 + digestLength)
    bytes[0] = 1
    bytes[1] = codec
    bytes[2] = sha256Code
    bytes[3] = digestLength
    bytes.set(digest, 4)
    return new Cid(bytes)
  }

  /** 32 bytes. */
  get digest(): Uint8Array {
    return this.bytes.subarray(this.bytes.length - digestLength)
  }

  /** The digest as a map key. */
  get digestKey(): ByteKey {
    this.#digestKey ??= toKey(this.digest)
    return this.#digestKey
  }

  /** The whole CID as a map key. */
  get key(): ByteKey {
    this.#key ??= toKey(this.bytes)
    return this.#key
  }

  /** Whether it names a DAG-CBOR block, as all blocks of the ledger do. */
  get isDagCbor(): boolean {
    return this.bytes[1] === codecDagCbor
  }

  equals(other: Cid): boolean {
    return equalBytes(this.bytes, other.bytes)
  }

  toString(): string {
    return base32.encode(this.bytes)
  }

  toJSON(): string {
    return this.toString()
  }
}

function isCid(bytes: Uint8Array): boolean {
  if (bytes.length < 4 + digestLength || bytes.length > cidLengthMax || bytes[0] !== 1) return false
  const codecEnd = bytes.length - digestLength - 2
  for (let i = 1; i < codecEnd; i++) {
    const isLast = i === codecEnd - 1
    if (bytes[i]! >= 0x80 === isLast) return false
    // A varint that ends in a zero byte could be shorter.
    if (isLast && i > 1 && bytes[i] === 0) return false
  }
  return bytes[codecEnd] === sha256Code && bytes[codecEnd + 1] === digestLength
}
