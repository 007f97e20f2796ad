import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import { blockCidOf, integerOf, listOf, mapOf, naturalOf } from '../../consensus/cbor/fields.ts'
import type { Value } from '../../consensus/cbor/value.ts'
import type { Cid } from '../../consensus/cid.ts'
import { snapshotsLimits, snapshotsTold } from '../limits.ts'
import type { Protocol } from '../protocol.ts'
import { nothing } from './nothing.ts'

/** A state that a node can give as a whole, and how much that is by its word. */
export interface SnapshotOffer {
  readonly epoch: number
  /** The checkpoint of `epoch`. */
  readonly checkpoint: Cid
  readonly cells: number
  readonly bytes: number
}

/** The snapshots that a node serves, the newest first. */
export const snapshots: Protocol<null, readonly SnapshotOffer[], 'one'> = {
  name: 'snapshots',
  answer: 'one',
  request: nothing,
  item: {
    encode: offers =>
      encode(offers.map(({ epoch, checkpoint, cells, bytes }): Value => ({ epoch, checkpoint, cells, bytes }))),
    decode: bytes => listOf(decode(bytes), 'snapshots', snapshotsTold).map(offerOf),
  },
  limits: snapshotsLimits,
}

function offerOf(value: Value): SnapshotOffer {
  const map = mapOf(value, 'snapshot', ['epoch', 'checkpoint', 'cells', 'bytes'])
  return {
    epoch: integerOf(map.epoch, 'snapshot.epoch', 1, Number.MAX_SAFE_INTEGER),
    checkpoint: blockCidOf(map.checkpoint, 'snapshot.checkpoint'),
    cells: naturalOf(map.cells, 'snapshot.cells'),
    bytes: naturalOf(map.bytes, 'snapshot.bytes'),
  }
}
