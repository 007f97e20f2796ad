import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import { blockCidOf, bytesUpTo, mapOf, naturalOf } from '../../consensus/cbor/fields.ts'
import type { Cid } from '../../consensus/cid.ts'
import { genesisChunkBytesMax, genesisLimits } from '../limits.ts'
import type { Protocol } from '../protocol.ts'

/** The bytes of a chain's genesis block from `offset` on. */
export interface GenesisRequest {
  readonly chain: Cid
  readonly offset: number
}

/** The genesis block in chunks; none for another chain or at its end. */
export const genesis: Protocol<GenesisRequest, Uint8Array, 'many'> = {
  name: 'genesis',
  answer: 'many',
  request: {
    encode: ({ chain, offset }) => encode({ chain, offset }),
    decode: bytes => {
      const map = mapOf(decode(bytes), 'request', ['chain', 'offset'])
      return { chain: blockCidOf(map.chain, 'request.chain'), offset: naturalOf(map.offset, 'request.offset') }
    },
  },
  item: {
    encode: chunk => encode(chunk),
    decode: bytes => bytesUpTo(decode(bytes), 'chunk', genesisChunkBytesMax),
  },
  limits: genesisLimits,
}
