import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import { listOf, textOf } from '../../consensus/cbor/fields.ts'
import { addrCharsMax, peersLimits, peersTold } from '../limits.ts'
import type { Protocol } from '../protocol.ts'
import { nothing } from './nothing.ts'

/** Peer exchange: multiaddrs with `/p2p/<id>` that the asked node is connected to. */
export const peers: Protocol<null, readonly string[], 'one'> = {
  name: 'peers',
  answer: 'one',
  request: nothing,
  item: {
    encode: addrs => encode(addrs),
    decode: bytes => listOf(decode(bytes), 'peers', peersTold).map(addr => textOf(addr, 'peers', addrCharsMax)),
  },
  limits: peersLimits,
}
