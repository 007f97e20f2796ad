import type { AccountKey } from '../../account.ts'
import type { ByteKey } from '../../bytes.ts'
import type { Value } from '../../cbor/value.ts'
import { bytesKey, type CellCodec, cellPrefix, keyBytes, noMoney } from './cell.ts'

/** T13: a vote key belongs to one account, for ever. */
export interface VoteKeyCell {
  readonly owner: AccountKey
  /** The first epoch in office; null before. */
  readonly from: number | null
  /** The last one; null while it is in a set. */
  readonly until: number | null
  readonly banned: boolean
}

export function voteKeyCellKey(voteKey: ByteKey): ByteKey {
  return cellPrefix.voteKey + voteKey
}

export const voteKeyCodec: CellCodec<VoteKeyCell> = {
  toValue: cell => [keyBytes(cell.owner), cell.from, cell.until, cell.banned],
  fromValue(value) {
    const [owner, from, until, banned] = value as Value[]
    return {
      owner: bytesKey(owner),
      from: from as number | null,
      until: until as number | null,
      banned: banned as boolean,
    }
  },
  money: noMoney,
}

/** Whether a vote of that epoch could count, as of epoch `now`. */
export function wasInOffice({ from, until }: VoteKeyCell, epoch: number, now: number): boolean {
  return from !== null && epoch >= from && epoch <= (until ?? now)
}
