import { encode } from '../../consensus/cbor/encode.ts'

/** T7: in the guard's slot while the node may not vote, because what it signed before isn't here. */
export const guardWaiting: Uint8Array = encode('waiting')
