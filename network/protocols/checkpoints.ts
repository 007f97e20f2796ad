import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import { bytesUpTo, listOf, mapOf, naturalOf } from '../../consensus/cbor/fields.ts'
import { MalformedError } from '../../consensus/errors.ts'
import { certificateBytesMax, checkpointBytesMax, checkpointsLimits, cutBytesMax } from '../limits.ts'
import type { Codec, Protocol } from '../protocol.ts'

/** Final epochs `from` (≥ 1) through `to`, ascending without gaps; the answer ends where the peer's history does. */
export interface CheckpointsRequest {
  readonly from: number
  readonly to: number
}

/** One final epoch as blocks: the checkpoint, the certificate that made it final, and its cut. */
export interface CheckpointFrame {
  readonly checkpoint: Uint8Array
  readonly certificate: Uint8Array
  readonly cut: Uint8Array
}

const checkpointsRequest: Codec<CheckpointsRequest> = {
  encode: ({ from, to }) => encode({ from, to }),
  decode: bytes => {
    const map = mapOf(decode(bytes), 'request', ['from', 'to'])
    const from = naturalOf(map.from, 'request.from')
    const to = naturalOf(map.to, 'request.to')
    if (from < 1 || to < from) throw new MalformedError('request', '1 ≤ from ≤ to', `${from} to ${to}`)
    return { from, to }
  },
}

const checkpointFrame: Codec<CheckpointFrame> = {
  encode: ({ checkpoint, certificate, cut }) => encode([checkpoint, certificate, cut]),
  decode: bytes => {
    const parts = listOf(decode(bytes), 'epoch', 3)
    return {
      checkpoint: bytesUpTo(parts[0], 'epoch.checkpoint', checkpointBytesMax),
      certificate: bytesUpTo(parts[1], 'epoch.certificate', certificateBytesMax),
      cut: bytesUpTo(parts[2], 'epoch.cut', cutBytesMax),
    }
  },
}

export const checkpoints: Protocol<CheckpointsRequest, CheckpointFrame, 'many'> = {
  name: 'checkpoints',
  answer: 'many',
  request: checkpointsRequest,
  item: checkpointFrame,
  limits: checkpointsLimits,
}
