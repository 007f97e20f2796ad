import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import { bytesUpTo, mapOf, naturalOf } from '../../consensus/cbor/fields.ts'
import { MalformedError } from '../../consensus/errors.ts'
import { outcomesLimits, outcomesPageMax } from '../limits.ts'
import type { Codec, Protocol } from '../protocol.ts'

/** What became of the batches of one final epoch: those from place `from` on (from 0), in the order of `batchesRoot`. */
export interface OutcomesRequest {
  readonly epoch: number
  readonly from: number
}

/** SHA-256 of each batch's outcome codes, one after the other: 32 bytes each, `outcomesPageMax` of them unless they are the last. */
export type OutcomesPage = Uint8Array

const outcomesRequest: Codec<OutcomesRequest> = {
  encode: ({ epoch, from }) => encode({ epoch, from }),
  decode: bytes => {
    const map = mapOf(decode(bytes), 'request', ['epoch', 'from'])
    return { epoch: naturalOf(map.epoch, 'request.epoch'), from: naturalOf(map.from, 'request.from') }
  },
}

const outcomesPage: Codec<OutcomesPage> = {
  encode,
  decode: bytes => {
    const page = bytesUpTo(decode(bytes), 'outcomes', 32 * outcomesPageMax)
    if (page.length % 32 !== 0) throw new MalformedError('outcomes', '32 bytes for each batch', page)
    return page
  },
}

export const outcomes: Protocol<OutcomesRequest, OutcomesPage, 'one'> = {
  name: 'outcomes',
  answer: 'one',
  request: outcomesRequest,
  item: outcomesPage,
  limits: outcomesLimits,
}
