import type { Amount } from '../../amount.ts'
import { type ByteKey, fromKey, toKey } from '../../bytes.ts'
import { decode } from '../../cbor/decode.ts'
import { encode } from '../../cbor/encode.ts'
import type { Value } from '../../cbor/value.ts'

/**
 * Kinds of cells in the state: the first byte of each key. What a cell says is a list in canonical CBOR. Cells are written
 * by the ledger alone, so reading them back needs no schema: their bytes are proved by the state root.
 */
export const cellPrefix = {
  account: 'a',
  asset: 'x',
  content: 'c',
  session: 's',
  waiting: 'w',
  validator: 'v',
  position: 'p',
  unbonding: 'u',
  slash: 'l',
  voteKey: 'k',
  offence: 'o',
  candidate: 'e',
  proposal: 'n',
  ballot: 'b',
  verdict: 'r',
  due: 'd',
  global: 'g',
} as const

/** How a cell's content becomes bytes and back, and how much of the supply lies in it (E2). */
export interface CellCodec<T> {
  toValue(cell: T): Value
  fromValue(value: Value): T
  money(cell: T): Amount
}

export function encodeCell<T>(codec: CellCodec<T>, cell: T): Uint8Array {
  return encode(codec.toValue(cell))
}

export function decodeCell<T>(codec: CellCodec<T>, bytes: Uint8Array): T {
  return codec.fromValue(decode(bytes))
}

export const keyBytes = (key: ByteKey): Uint8Array => fromKey(key)
export const bytesKey = (value: Value | undefined): ByteKey => toKey(value as Uint8Array)
export const noMoney = (): Amount => 0
