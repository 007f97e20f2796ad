import { fromHex, toHex } from '../../consensus/bytes.ts'
import { MalformedError } from '../../consensus/errors.ts'
import { seedLength } from '../crypto/signing-key.ts'
import { type KeyKind, keyKinds } from './key-kind.ts'
import { cipherLength, costBounds, nonceLength, type ScryptCost, type SealedSeed, saltLength } from './sealed-seed.ts'

/** What a key file says. */
export interface KeyDocument {
  readonly kind: KeyKind
  /** `publicText` of the key. */
  readonly public: string
  readonly secret: SealedSeed | PlainSeed
}

/** A seed (32 bytes) that anyone can read who reads the file: for a local testnet. */
export interface PlainSeed {
  readonly seed: Uint8Array
}

export function printKeyDocument({ kind, public: text, secret }: KeyDocument): string {
  const fields = 'seed' in secret ? { secret: toHex(secret.seed), unprotected: true } : printSealed(secret)
  return `${JSON.stringify({ kind, public: text, ...fields }, null, 2)}\n`
}

/** Throws MalformedError that names the field. */
export function parseKeyDocument(json: string): KeyDocument {
  const fields = parseFields(json)
  const kind = keyKinds.find(known => known === fields.kind)
  if (kind === undefined) throw new MalformedError('kind', keyKinds.join(' or '), fields.kind)
  if (typeof fields.public !== 'string') throw new MalformedError('public', 'the text of the public key', fields.public)
  return { kind, public: fields.public, secret: parseSecret(fields) }
}

function printSealed({ cost, salt, nonce, cipher }: SealedSeed) {
  return { kdf: { name: 'scrypt', ...cost }, salt: toHex(salt), nonce: toHex(nonce), cipher: toHex(cipher) }
}

function parseSecret(fields: Fields): SealedSeed | PlainSeed {
  if (fields.unprotected === true) return { seed: parseHex(fields, 'secret', seedLength) }
  return {
    cost: parseCost(fields.kdf),
    salt: parseHex(fields, 'salt', saltLength),
    nonce: parseHex(fields, 'nonce', nonceLength),
    cipher: parseHex(fields, 'cipher', cipherLength),
  }
}

function parseCost(value: unknown): ScryptCost {
  if (!isFields(value) || value.name !== 'scrypt') throw new MalformedError('kdf', '{name: "scrypt", N, r, p}', value)
  const N = parseBounded(value, 'N', costBounds.N)
  if (!Number.isInteger(Math.log2(N))) throw new MalformedError('kdf.N', 'a power of 2', N)
  return { N, r: parseBounded(value, 'r', costBounds.r), p: parseBounded(value, 'p', costBounds.p) }
}

function parseBounded(fields: Fields, name: string, { min, max }: { min: number; max: number }): number {
  const value = fields[name]
  if (Number.isInteger(value) && Number(value) >= min && Number(value) <= max) return Number(value)
  throw new MalformedError(`kdf.${name}`, `an integer from ${min} to ${max}`, value)
}

function parseHex(fields: Fields, name: string, length: number): Uint8Array {
  const value = fields[name]
  const bytes = typeof value === 'string' ? fromHex(value) : undefined
  // The value may be a secret: the message tells no more than that it's wrong.
  if (bytes?.length !== length)
    throw new MalformedError(name, `${length} bytes in hex`, typeof value === 'string' ? 'other text' : undefined)
  return bytes
}

type Fields = Record<string, unknown>

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseFields(json: string): Fields {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    // Nothing of it: what is broken may still hold a secret.
    throw new MalformedError('key file', 'JSON', json.trim() === '' ? undefined : 'other text')
  }
  if (!isFields(value)) throw new MalformedError('key file', 'a JSON object', value)
  return value
}
