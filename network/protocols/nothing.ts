import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import { MalformedError } from '../../consensus/errors.ts'
import type { Codec } from '../protocol.ts'

/** The request of a protocol that needs no question. */
export const nothing: Codec<null> = {
  encode: () => encode(null),
  decode: bytes => {
    const value = decode(bytes)
    if (value !== null) throw new MalformedError('request', 'null', value)
    return null
  },
}
