import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import { bytesUpTo, cidOf, listOf, mapOf, naturalOf } from '../../consensus/cbor/fields.ts'
import type { Value } from '../../consensus/cbor/value.ts'
import type { Cid } from '../../consensus/cid.ts'
import {
  bitmapBytesMax,
  certificateBytesMax,
  certificatesTold,
  proposalBytesMax,
  proposalsTold,
  voteBytesMax,
  votesLimits,
  votesTold,
} from '../limits.ts'
import type { Codec, Protocol } from '../protocol.ts'

/** T8: what the asker has of a round, one bit per validator index; the answer is what it lacks. */
export interface VotesRequest {
  readonly epoch: number
  readonly round: number
  readonly prevotes: Uint8Array
  readonly precommits: Uint8Array
  /** How many proposals of the round the asker has: they are large, and not told again to who has as many. */
  readonly proposals?: number
  /** A checkpoint whose proposal the asker lacks. */
  readonly want?: Cid
}

/** Messages as they are gossiped; this part doesn't look inside. All together at most `votesLimits.itemBytesMax`. */
export interface VotesAnswer {
  readonly votes: readonly Uint8Array[]
  readonly proposals: readonly Uint8Array[]
  readonly certificates: readonly Uint8Array[]
}

const votesRequest: Codec<VotesRequest> = {
  encode: ({ epoch, round, prevotes, precommits, proposals, want }) =>
    encode({ epoch, round, prevotes, precommits, proposals, want }),
  decode: bytes => {
    const map = mapOf(decode(bytes), 'request', ['epoch', 'round', 'prevotes', 'precommits'], ['proposals', 'want'])
    return {
      epoch: naturalOf(map.epoch, 'request.epoch'),
      round: naturalOf(map.round, 'request.round'),
      prevotes: bytesUpTo(map.prevotes, 'request.prevotes', bitmapBytesMax),
      precommits: bytesUpTo(map.precommits, 'request.precommits', bitmapBytesMax),
      ...(map.proposals === undefined ? {} : { proposals: naturalOf(map.proposals, 'request.proposals') }),
      ...(map.want === undefined ? {} : { want: cidOf(map.want, 'request.want') }),
    }
  },
}

const votesAnswer: Codec<VotesAnswer> = {
  encode: ({ votes, proposals, certificates }) => encode({ votes, proposals, certificates }),
  decode: bytes => {
    const map = mapOf(decode(bytes), 'answer', ['votes', 'proposals', 'certificates'])
    return {
      votes: blobs(map.votes, 'answer.votes', votesTold, voteBytesMax),
      proposals: blobs(map.proposals, 'answer.proposals', proposalsTold, proposalBytesMax),
      certificates: blobs(map.certificates, 'answer.certificates', certificatesTold, certificateBytesMax),
    }
  },
}

function blobs(value: Value | undefined, field: string, countMax: number, bytesMax: number): Uint8Array[] {
  return listOf(value, field, countMax).map(blob => bytesUpTo(blob, field, bytesMax))
}

export const votes: Protocol<VotesRequest, VotesAnswer, 'one'> = {
  name: 'votes',
  answer: 'one',
  request: votesRequest,
  item: votesAnswer,
  limits: votesLimits,
}
