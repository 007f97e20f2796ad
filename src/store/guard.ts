import { equalBytes } from '../../consensus/bytes.ts'
import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'

/** T7: in the guard's slot while the node may not vote, because what it signed before isn't here. */
export const guardWaiting: Uint8Array = encode('waiting')

/** T7: instead, of a validator that began at the genesis: until an epoch is final, nobody knows whether the ledger was under way. */
export function guardFresh(begunMs: number): Uint8Array {
  return encode(begunMs)
}

/** When a validator began at the genesis, in milliseconds since 1970; undefined where the slot says something else. */
export function readFresh(slot: Uint8Array | undefined): number | undefined {
  if (slot === undefined || equalBytes(slot, guardWaiting)) return undefined
  return decode(slot) as number
}
