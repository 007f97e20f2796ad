import { type BatchBytes, bodyBytesMax, headerBytesMax } from '../../consensus/batch.ts'
import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import { MalformedError } from '../../consensus/errors.ts'

export const submitMediaType = 'application/cbor'
const signatureLength = 64
/** The three parts and the heads before them. */
export const submitBytesMax = headerBytesMax + signatureLength + bodyBytesMax + 16

/** Body of `POST /v1/submit`: canonical DAG-CBOR of [header bytes, signature, body bytes]. */
export function encodeSubmit({ header, signature, body }: BatchBytes): Uint8Array {
  return encode([header, signature, body])
}

/** Throws MalformedError or EncodingError. Whether the parts are a batch is for the node to prove. */
export function decodeSubmit(bytes: Uint8Array): BatchBytes {
  const parts = decode(bytes)
  if (!Array.isArray(parts) || parts.length !== 3) throw new MalformedError('body', '[header, signature, body]', parts)
  const [header, signature, body] = parts
  if (!(header instanceof Uint8Array)) throw new MalformedError('header', 'bytes', header)
  if (!(signature instanceof Uint8Array) || signature.length !== signatureLength) {
    throw new MalformedError('signature', `${signatureLength} bytes`, signature)
  }
  if (!(body instanceof Uint8Array)) throw new MalformedError('body', 'bytes', body)
  return { header, signature, body }
}
