import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto'
import { type ByteKey, toKey } from '../../consensus/bytes.ts'
import { type Crypto, nobleCrypto } from '../../consensus/crypto.ts'

const digestLength = 32
const publicKeyLength = 32
const signatureLength = 64

/** The platform's SHA-256 and Ed25519: the same answers as `nobleCrypto`, an order of magnitude sooner. */
export const nativeCrypto: Crypto = {
  sha256(bytes) {
    const digest = new Uint8Array(digestLength)
    sha256Into(bytes, digest, 0)
    return digest
  },
  sha256Into,
  verify(signature, message, publicKey) {
    if (signature.length !== signatureLength || publicKey.length !== publicKeyLength) return false
    // R3: OpenSSL's cofactorless check accepts a part of what ZIP-215 accepts, so only its refusal is open to appeal.
    return verifyWithOpenssl(signature, message, publicKey) || nobleCrypto.verify(signature, message, publicKey)
  },
}

/** A digest as a binary string costs a third of one as a Buffer, which the platform allocates outside of the heap. */
function sha256Into(bytes: Uint8Array, target: Uint8Array, offset: number): void {
  const digest = hash('sha256', bytes, 'binary')
  for (let i = 0; i < digestLength; i++) target[offset + i] = digest.charCodeAt(i)
}

function verifyWithOpenssl(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  const key = importedKey(publicKey)
  if (key === undefined) return false
  try {
    return verify(null, message, key, signature)
  } catch {
    return false
  }
}

/** Importing a key costs a fifth of a verification, and a few authors sign most batches. Least recently used first. */
const importedKeysMax = 8192
const importedKeys = new Map<ByteKey, KeyObject>()

/** Undefined where OpenSSL takes the bytes for no key. */
function importedKey(publicKey: Uint8Array): KeyObject | undefined {
  const name = toKey(publicKey)
  const known = importedKeys.get(name)
  if (known !== undefined) {
    importedKeys.delete(name)
    importedKeys.set(name, known)
    return known
  }
  const key = importKey(publicKey)
  if (key === undefined) return undefined
  if (importedKeys.size >= importedKeysMax) importedKeys.delete(importedKeys.keys().next().value!)
  importedKeys.set(name, key)
  return key
}

function importKey(publicKey: Uint8Array): KeyObject | undefined {
  const x = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKeyLength).toString('base64url')
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  } catch {
    return undefined
  }
}
