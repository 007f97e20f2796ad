import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import { blockCidOf, bytesUpTo, integerOf, listOf, mapOf, naturalOf } from '../../consensus/cbor/fields.ts'
import type { Value } from '../../consensus/cbor/value.ts'
import type { Cid } from '../../consensus/cid.ts'
import { MalformedError } from '../../consensus/errors.ts'
import {
  certificateBytesMax,
  checkpointBytesMax,
  headersEpochsMax,
  headersKnownMax,
  headersLimits,
  namedBlockBytesMax,
} from '../limits.ts'
import type { Codec, Protocol } from '../protocol.ts'

/**
 * For light nodes: final epochs without their cuts. Either of these epochs (1 to 64 of them), in this order; or the one whose
 * checkpoint has this CID; or, as bare checkpoints without certificates and blocks, `from` down to `to`. Unknown ones are left out.
 */
export type HeadersRequest =
  | { readonly epochs: readonly number[]; readonly known: readonly Cid[] }
  | { readonly checkpoint: Cid; readonly known: readonly Cid[] }
  | { readonly from: number; readonly to: number }

/** One epoch: its checkpoint, and unless they were not asked for, its certificate and what it names. */
export interface HeaderFrame {
  readonly checkpoint: Uint8Array
  /** Empty in a bare one. */
  readonly certificate: Uint8Array
  /** Validator sets and parameters that the checkpoint names; not those that the asker knows or that came earlier in the response. */
  readonly blocks: readonly Uint8Array[]
}

/** Two sets and the parameters. */
const blocksMax = 3

const headersRequest: Codec<HeadersRequest> = {
  encode: request => {
    if ('epochs' in request) return encode({ epochs: request.epochs, known: request.known })
    if ('checkpoint' in request) return encode({ checkpoint: request.checkpoint, known: request.known })
    return encode({ from: request.from, to: request.to })
  },
  decode: bytes => {
    const map = mapOf(decode(bytes), 'request', [], ['epochs', 'known', 'checkpoint', 'from', 'to'])
    if (map.epochs !== undefined) {
      const { epochs, known } = mapOf(map, 'request', ['epochs', 'known'])
      return { epochs: epochsOf(epochs), known: knownOf(known) }
    }
    if (map.checkpoint !== undefined) {
      const { checkpoint, known } = mapOf(map, 'request', ['checkpoint', 'known'])
      return { checkpoint: blockCidOf(checkpoint, 'request.checkpoint'), known: knownOf(known) }
    }
    const { from, to } = mapOf(map, 'request', ['from', 'to'])
    const first = naturalOf(from, 'request.from')
    const last = naturalOf(to, 'request.to')
    if (last < 1 || first < last) throw new MalformedError('request', 'from ≥ to ≥ 1', `${first} down to ${last}`)
    return { from: first, to: last }
  },
}

const headerFrame: Codec<HeaderFrame> = {
  encode: ({ checkpoint, certificate, blocks }) => encode([checkpoint, certificate, blocks]),
  decode: bytes => {
    const parts = listOf(decode(bytes), 'header', 3)
    return {
      checkpoint: bytesUpTo(parts[0], 'header.checkpoint', checkpointBytesMax),
      certificate: bytesUpTo(parts[1], 'header.certificate', certificateBytesMax),
      blocks: listOf(parts[2], 'header.blocks', blocksMax).map(block =>
        bytesUpTo(block, 'header.blocks', namedBlockBytesMax),
      ),
    }
  },
}

function epochsOf(value: Value | undefined): number[] {
  const epochs = listOf(value, 'request.epochs', headersEpochsMax)
  if (epochs.length === 0) throw new MalformedError('request.epochs', 'at least one', epochs)
  return epochs.map(epoch => integerOf(epoch, 'request.epochs', 1, Number.MAX_SAFE_INTEGER))
}

function knownOf(value: Value | undefined): Cid[] {
  return listOf(value, 'request.known', headersKnownMax).map(cid => blockCidOf(cid, 'request.known'))
}

export const headers: Protocol<HeadersRequest, HeaderFrame, 'many'> = {
  name: 'headers',
  answer: 'many',
  request: headersRequest,
  item: headerFrame,
  limits: headersLimits,
}
