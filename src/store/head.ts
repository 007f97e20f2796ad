import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { StoreOp } from './database.ts'
import { metaKey } from './keys.ts'

/** The last epoch that is final here; at epoch 0 `checkpoint` is the genesis. */
export interface Head {
  readonly epoch: number
  readonly checkpoint: Cid
}

export function headOp({ epoch, checkpoint }: Head): StoreOp {
  return { key: metaKey('head'), value: encode([epoch, checkpoint]) }
}

export function decodeHead(bytes: Uint8Array): Head {
  const [epoch, checkpoint] = decode(bytes) as [number, Cid]
  return { epoch, checkpoint }
}
