import { type AccountKey, accountKeyText } from '../../../consensus/account.ts'
import { compareKeys } from '../../../consensus/bytes.ts'
import {
  type AccountCell,
  accountCellKey,
  accountCodec,
  emptyAccount,
} from '../../../consensus/ledger/cells/account.ts'
import { cellPrefix, decodeCell } from '../../../consensus/ledger/cells/cell.ts'
import type { AccountPayout } from '../../api/schema/payouts.ts'
import type { View } from '../../store/view.ts'
import type { Accrued } from '../accrued.ts'
import type { LastPayout } from '../last-payouts.ts'
import type { Step } from './page.ts'

/** Every account after one, as it stands; those that have stake and no cell are among them. */
export async function* accountsAfter(
  view: View,
  accrued: Accrued,
  newest: ReadonlyMap<AccountKey, LastPayout>,
  after: AccountKey | undefined,
): AsyncGenerator<Step<AccountPayout>> {
  const step = (account: AccountKey, { balance, credit }: AccountCell): Step<AccountPayout> => {
    const payout = newest.get(account) ?? null
    const item = { account: accountKeyText(account), balance, credit, accrued: accrued.get(account) ?? 0, payout }
    return { at: [account], item }
  }
  const bare = [...accrued.keys()]
    .filter(
      account => (after === undefined || account > after) && view.state.get(accountCellKey(account)) === undefined,
    )
    .sort(compareKeys)
  for await (const [key, bytes] of view.cells(cellPrefix.account, after && accountCellKey(after))) {
    const account = key.slice(cellPrefix.account.length)
    while (bare[0] !== undefined && bare[0] < account) yield step(bare.shift()!, emptyAccount)
    yield step(account, decodeCell(accountCodec, bytes))
  }
  for (const account of bare) yield step(account, emptyAccount)
}
