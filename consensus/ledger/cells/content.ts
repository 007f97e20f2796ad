import type { AccountKey } from '../../account.ts'
import { type ByteKey, toKey } from '../../bytes.ts'
import type { Value } from '../../cbor/value.ts'
import type { Cid } from '../../cid.ts'
import type { RefKey } from '../../ref.ts'
import { bytesKey, type CellCodec, cellPrefix, keyBytes, noMoney } from './cell.ts'

/** E5: who brought a content into a datanet: one author, or all of the epoch in which it came. */
export type ContentCell = readonly AccountKey[]

/** By digest alone: the same bytes under another codec are the same content. */
export function contentCellKey(datanet: RefKey, content: Cid): ByteKey {
  return cellPrefix.content + datanet + toKey(content.digest)
}

export const contentCodec: CellCodec<ContentCell> = {
  toValue: cell => cell.map(keyBytes),
  fromValue: value => (value as Value[]).map(bytesKey),
  money: noMoney,
}
