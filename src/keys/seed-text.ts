import { fromHex, toHex } from '../../consensus/bytes.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { seedLength } from '../crypto/signing-key.ts'

/** A key outside of its file: the Ed25519 seed of RFC 8032, 32 bytes, as 64 hex digits. */
export function seedText(seed: Uint8Array): string {
  return toHex(seed)
}

/** Blanks around it and capitals are forgiven. Throws LedgerError `key-seed`, which doesn't show what came. */
export function parseSeed(text: string): Uint8Array {
  const digits = text.trim()
  const seed = fromHex(digits.toLowerCase())
  if (seed?.length === seedLength) return seed
  const got = digits === '' ? 'nothing' : `${digits.length} characters`
  throw new LedgerError(
    'key-seed',
    `seed: expected ${seedLength * 2} hex digits, got ${got}`,
    {},
    'openledger keys export prints a seed in that form',
  )
}
