import { base58btc } from 'multiformats/bases/base58'
import { type ByteKey, concat, fromKey, toKey } from './bytes.ts'
import { isPublicKey } from './crypto.ts'
import { MalformedError } from './errors.ts'

/** An account as a map key: its Ed25519 public key, 32 bytes. */
export type AccountKey = ByteKey

/** Multicodec ed25519-pub, as varint. */
const multicodec = Uint8Array.of(0xed, 0x01)
const prefix = 'did:key:'

/** `did:key:z6Mk…` of a public key of 32 bytes. */
export function accountText(publicKey: Uint8Array): string {
  return prefix + base58btc.encode(concat(multicodec, publicKey))
}

export function accountKeyText(key: AccountKey): string {
  return accountText(fromKey(key))
}

/** The public key (32 bytes) in an account's text; throws MalformedError. */
export function parseAccount(text: string, field = 'account'): Uint8Array {
  const expected = 'an account like did:key:z6Mk…'
  let bytes: Uint8Array
  try {
    bytes = base58btc.decode(text.startsWith(prefix) ? text.slice(prefix.length) : '')
  } catch {
    throw new MalformedError(field, expected, text)
  }
  const publicKey = bytes.subarray(2)
  if (bytes[0] !== multicodec[0] || bytes[1] !== multicodec[1] || !isPublicKey(publicKey)) {
    throw new MalformedError(field, expected, text)
  }
  return publicKey
}

export function parseAccountKey(text: string, field = 'account'): AccountKey {
  return toKey(parseAccount(text, field))
}
