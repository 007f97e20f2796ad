import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { scryptAsync } from '@noble/hashes/scrypt.js'
import { randomBytes } from '@noble/hashes/utils.js'
import { utf8 } from '../../consensus/bytes.ts'

/** scrypt's cost: N (a power of 2), block size r, parallelism p. It takes 128·N·r bytes of memory. */
export interface ScryptCost {
  readonly N: number
  readonly r: number
  readonly p: number
}

/** An Ed25519 seed under a password: scrypt (RFC 7914) makes the key of XChaCha20-Poly1305. */
export interface SealedSeed {
  readonly cost: ScryptCost
  /** 32 bytes. */
  readonly salt: Uint8Array
  /** 24 bytes. */
  readonly nonce: Uint8Array
  /** The seed encrypted, 32 bytes, and the tag, 16 bytes. */
  readonly cipher: Uint8Array
}

export const saltLength = 32
export const nonceLength = 24
export const cipherLength = 48
const cipherKeyLength = 32

/** 128 MiB and about half a second for each guess. */
export const defaultCost: ScryptCost = { N: 2 ** 17, r: 8, p: 1 }
/** Below, guessing is cheap; above, a damaged file could claim all the memory there is. */
export const costBounds = { N: { min: 2 ** 15, max: 2 ** 20 }, r: { min: 8, max: 8 }, p: { min: 1, max: 4 } }

/** `about` is bound to the cipher: what the seed is for can't be exchanged around it. */
export async function sealSeed(
  seed: Uint8Array,
  password: string,
  about: Uint8Array,
  cost = defaultCost,
): Promise<SealedSeed> {
  const salt = randomBytes(saltLength)
  const nonce = randomBytes(nonceLength)
  const key = await stretch(password, salt, cost)
  return { cost, salt, nonce, cipher: xchacha20poly1305(key, nonce, about).encrypt(seed) }
}

/** The seed (32 bytes); undefined for a wrong password, or where a byte of the rest was changed. */
export async function unsealSeed(
  sealed: SealedSeed,
  password: string,
  about: Uint8Array,
): Promise<Uint8Array | undefined> {
  const key = await stretch(password, sealed.salt, sealed.cost)
  try {
    return xchacha20poly1305(key, sealed.nonce, about).decrypt(sealed.cipher)
  } catch {
    return undefined
  }
}

/** Keyboards differ in how they compose a letter: the password is one and the same after NFKC. */
function stretch(password: string, salt: Uint8Array, cost: ScryptCost): Promise<Uint8Array> {
  const maxmem = 128 * costBounds.N.max * costBounds.r.max * 2
  return scryptAsync(utf8(password.normalize('NFKC')), salt, { ...cost, dkLen: cipherKeyLength, maxmem })
}
