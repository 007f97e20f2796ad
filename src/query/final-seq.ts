import type { AccountKey } from '../../consensus/account.ts'
import { accountCellKey, accountCodec } from '../../consensus/ledger/cells/account.ts'
import { decodeCell } from '../../consensus/ledger/cells/cell.ts'
import type { Store } from '../store/store.ts'

/** The seq of an author's newest final batch; 0 where it has none. */
export function finalSeq({ state }: Pick<Store, 'state'>, author: AccountKey): number {
  const cell = state.get(accountCellKey(author))
  return cell === undefined ? 0 : decodeCell(accountCodec, cell).seq
}
