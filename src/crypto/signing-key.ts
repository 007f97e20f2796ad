import { createPrivateKey, createPublicKey, sign as signWithOpenssl } from 'node:crypto'
import { concat } from '../../consensus/bytes.ts'
import { MalformedError } from '../../consensus/errors.ts'

export const seedLength = 32

/** An Ed25519 key ready to sign: importing a seed costs twice as much as a signature. */
export interface SigningKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  /** The signature (64 bytes, RFC 8032) of a message. */
  sign(message: Uint8Array): Uint8Array
}

/** The head of a PKCS #8 structure (RFC 8410) that ends in the 32 bytes of an Ed25519 seed. */
const pkcs8Head = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20)

/** From a seed of 32 bytes; throws MalformedError for any other length. */
export function signingKey(seed: Uint8Array): SigningKey {
  if (seed.length !== seedLength) throw new MalformedError('seed', `${seedLength} bytes`, seed)
  const pkcs8 = concat(pkcs8Head, seed)
  const privateKey = createPrivateKey({ key: Buffer.from(pkcs8.buffer), format: 'der', type: 'pkcs8' })
  pkcs8.fill(0)
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' })
  const publicKey = new Uint8Array(Buffer.from(x!, 'base64url'))
  return { publicKey, sign: message => new Uint8Array(signWithOpenssl(null, message, privateKey)) }
}

/** One signature (64 bytes) by a seed (32 bytes). Who signs often keeps a `signingKey`. */
export function sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
  return signingKey(seed).sign(message)
}
