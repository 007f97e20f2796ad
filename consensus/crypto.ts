import { hashes, Point, verify } from '@noble/ed25519'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { type ByteKey, toKey } from './bytes.ts'

/**
 * Hashing and signature checks, handed in by the host: a daemon brings its platform's, everything else takes `nobleCrypto`.
 * Both must give the same answers to the bit.
 */
export interface Crypto {
  /** SHA-256, 32 bytes. */
  sha256(bytes: Uint8Array): Uint8Array
  /** SHA-256 of `bytes` into `target[offset, offset + 32)`; `target` may be `bytes`. */
  sha256Into(bytes: Uint8Array, target: Uint8Array, offset: number): void
  /** R3: Ed25519 with ZIP-215 acceptance. False for anything that is no signature; never throws. */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean
}

hashes.sha512 = sha512

export const nobleCrypto: Crypto = {
  sha256,
  sha256Into(bytes, target, offset) {
    target.set(sha256(bytes), offset)
  },
  verify(signature, message, publicKey) {
    if (signature.length !== 64 || publicKey.length !== 32) return false
    try {
      return verify(signature, message, publicKey, { zip215: true })
    } catch {
      return false
    }
  },
}

/** Answers of `isPublicKey` kept; decompressing a point costs some 50 µs. A pure memo: forgetting changes no result. */
const knownKeysMax = 65_536
const knownKeys = new Map<ByteKey, boolean>()

/** R3: 32 bytes that encode, canonically, a point that is not of small order. */
export function isPublicKey(bytes: Uint8Array): boolean {
  if (bytes.length !== 32) return false
  const key = toKey(bytes)
  const known = knownKeys.get(key)
  if (known !== undefined) return known
  const fine = isLargeOrderPoint(bytes)
  if (knownKeys.size >= knownKeysMax) knownKeys.clear()
  knownKeys.set(key, fine)
  return fine
}

function isLargeOrderPoint(bytes: Uint8Array): boolean {
  try {
    return !Point.fromBytes(bytes, false).isSmallOrder()
  } catch {
    return false
  }
}
