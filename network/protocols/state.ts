import { type ByteKey, fromKey, toKey } from '../../consensus/bytes.ts'
import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import { bytesOf, bytesUpTo, listOf, mapOf, naturalOf, tupleOf } from '../../consensus/cbor/fields.ts'
import type { Value } from '../../consensus/cbor/value.ts'
import { MalformedError } from '../../consensus/errors.ts'
import { besideBytesMax, type PathRange } from '../../consensus/merkle/state-range.ts'
import { stateChunkBytesMax, stateLimits } from '../limits.ts'
import type { Codec, Protocol } from '../protocol.ts'

/** The chunk with this path of the state tree (32 bytes), of the snapshot of an epoch. */
export interface StateRequest {
  readonly epoch: number
  readonly path: Uint8Array
}

/** All cells of the state whose paths lie in a range, in path order, and what proves that with the state root. */
export interface StateChunk extends PathRange {
  /** As `stateBesideRange` gives it. */
  readonly beside: Uint8Array
  readonly cells: readonly (readonly [key: ByteKey, value: Uint8Array])[]
}

const pathLength = 32

export const stateChunk: Codec<StateChunk> = {
  encode: ({ from, to, beside, cells }) =>
    encode([from, to, beside, cells.map(([key, value]): Value => [fromKey(key), value])]),
  decode: bytes => {
    const [from, to, beside, cells] = tupleOf(decode(bytes), 'chunk', 4)
    return {
      from: bytesOf(from, 'chunk.from', pathLength),
      to: bytesOf(to, 'chunk.to', pathLength),
      beside: bytesUpTo(beside, 'chunk.beside', besideBytesMax),
      cells: listOf(cells, 'chunk.cells').map(cell => {
        const [key, value] = tupleOf(cell, 'chunk.cells', 2)
        return [toKey(bytesOf(key, 'chunk.cells[0]')), bytesOf(value, 'chunk.cells[1]')]
      }),
    }
  },
}

/** No item: that snapshot isn't kept here. A chunk travels as it is stored; the asker takes it apart by `stateChunk`. */
export const state: Protocol<StateRequest, Uint8Array, 'many'> = {
  name: 'state',
  answer: 'many',
  request: {
    encode: ({ epoch, path }) => encode({ epoch, path }),
    decode: bytes => {
      const map = mapOf(decode(bytes), 'request', ['epoch', 'path'])
      return { epoch: naturalOf(map.epoch, 'request.epoch'), path: bytesOf(map.path, 'request.path', pathLength) }
    },
  },
  item: {
    encode: bytes => bytes,
    decode: bytes => {
      if (bytes.length > stateChunkBytesMax)
        throw new MalformedError('chunk', `at most ${stateChunkBytesMax} bytes`, bytes)
      return bytes
    },
  },
  limits: stateLimits,
}
