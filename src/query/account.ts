import { type AccountKey, accountKeyText } from '../../consensus/account.ts'
import { accountCellKey, accountCodec, emptyAccount } from '../../consensus/ledger/cells/account.ts'
import { decodeCell } from '../../consensus/ledger/cells/cell.ts'
import type { AccountStatus } from '../api/node-view.ts'
import type { View } from '../store/view.ts'
import { accruedTo } from './accrued.ts'

export async function accountStatus(view: View, account: AccountKey): Promise<AccountStatus | undefined> {
  const bytes = view.state.get(accountCellKey(account))
  const accrued = await accruedTo(view, account)
  // A validator of the genesis has stake, but no cell until it is paid or writes.
  if (bytes === undefined && accrued === 0) return undefined
  const { balance, credit, seq } = bytes === undefined ? emptyAccount : decodeCell(accountCodec, bytes)
  return { account: accountKeyText(account), epoch: view.head?.epoch ?? 0, balance, credit, accrued, seq }
}
