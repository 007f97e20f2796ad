import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import { bytesOf, bytesUpTo, cidOf, isMap, listOf, mapOf, naturalOf } from '../../consensus/cbor/fields.ts'
import type { Cid } from '../../consensus/cid.ts'
import { MalformedError } from '../../consensus/errors.ts'
import { batchCidsMax, batchesLimits, bodyBytesMax, headerBytesMax } from '../limits.ts'
import type { Codec, Protocol } from '../protocol.ts'

/** Batches of one author from seq `from` through `to`, or those with the given CIDs (1 to 64). Unknown ones are left out. */
export type BatchesRequest =
  | { readonly author: Uint8Array; readonly from: number; readonly to: number }
  | { readonly cids: readonly Cid[] }

/** A batch as it travels, also on the gossip topic: the header block, its signature (64 bytes) and the body block. */
export interface BatchFrame {
  readonly header: Uint8Array
  readonly signature: Uint8Array
  readonly body: Uint8Array
}

export const batchFrame: Codec<BatchFrame> = {
  encode: ({ header, signature, body }) => encode([header, signature, body]),
  decode: bytes => {
    const parts = listOf(decode(bytes), 'batch', 3)
    if (parts.length !== 3) throw new MalformedError('batch', 'a list of 3', parts)
    return {
      header: bytesUpTo(parts[0], 'batch.header', headerBytesMax),
      signature: bytesOf(parts[1], 'batch.signature', 64),
      body: bytesUpTo(parts[2], 'batch.body', bodyBytesMax),
    }
  },
}

const batchesRequest: Codec<BatchesRequest> = {
  encode: request =>
    'cids' in request
      ? encode({ cids: request.cids })
      : encode({ author: request.author, from: request.from, to: request.to }),
  decode: bytes => {
    const value = decode(bytes)
    if (isMap(value) && value.cids !== undefined) {
      const cids = listOf(mapOf(value, 'request', ['cids']).cids, 'request.cids', batchCidsMax)
      if (cids.length === 0) throw new MalformedError('request.cids', 'at least one', cids)
      return { cids: cids.map(cid => cidOf(cid, 'request.cids')) }
    }
    const map = mapOf(value, 'request', ['author', 'from', 'to'])
    const from = naturalOf(map.from, 'request.from')
    const to = naturalOf(map.to, 'request.to')
    if (from < 1 || to < from) throw new MalformedError('request', '1 ≤ from ≤ to', `${from} to ${to}`)
    return { author: bytesOf(map.author, 'request.author', 32), from, to }
  },
}

export const batches: Protocol<BatchesRequest, BatchFrame, 'many'> = {
  name: 'batches',
  answer: 'many',
  request: batchesRequest,
  item: batchFrame,
  limits: batchesLimits,
}
