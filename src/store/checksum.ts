import { nativeCrypto } from '../crypto/native.ts'

/**
 * LevelDB hands out what it finds on the disk. So each value is kept as value ‖ first 8 bytes of SHA-256(key ‖ value), and
 * the store answers for every byte that it returns. The key is covered, because a value under a wrong key is as bad as a wrong one.
 */
export const checksumLength = 8

const digest = new Uint8Array(32)

/** The bytes to keep under `key`. */
export function seal(key: Uint8Array, value: Uint8Array): Uint8Array {
  const end = key.length + value.length
  const message = new Uint8Array(end + checksumLength)
  message.set(key)
  message.set(value, key.length)
  nativeCrypto.sha256Into(message.subarray(0, end), digest, 0)
  for (let i = 0; i < checksumLength; i++) message[end + i] = digest[i]!
  return message.subarray(key.length)
}

/** The value in what `seal` made, as a view; undefined where the bytes are no longer those. */
export function unseal(key: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  const length = sealed.length - checksumLength
  if (length < 0) return undefined
  const value = new Uint8Array(sealed.buffer, sealed.byteOffset, length)
  const message = borrow(key.length + length)
  message.set(key)
  message.set(value, key.length)
  nativeCrypto.sha256Into(message, digest, 0)
  for (let i = 0; i < checksumLength; i++) if (sealed[length + i] !== digest[i]) return undefined
  return value
}

/** Reading happens by the thousand, and a typed array of its own for each costs more than the hash of a small value. */
const scratch = new Uint8Array(64 * 1024)

function borrow(length: number): Uint8Array {
  return length <= scratch.length ? scratch.subarray(0, length) : new Uint8Array(length)
}
