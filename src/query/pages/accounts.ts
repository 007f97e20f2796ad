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
import type { LastPayouts } from '../last-payouts.ts'
import type { Step } from './page.ts'

/** Every account after one, as it stands; those that have stake and no cell are among them. */
export async function* accountsAfter(
  view: View,
  accrued: Accrued,
  last: LastPayouts,
  after: AccountKey | undefined,
): AsyncGenerator<Step<AccountPayout>> {
  const step = async (account: AccountKey, cell: AccountCell): Promise<Step<AccountPayout>> => ({
    at: [account],
    item: await accountNow(account, cell, accrued, last),
  })
  const bare = [...accrued.keys()]
    .filter(
      account => (after === undefined || account > after) && view.state.get(accountCellKey(account)) === undefined,
    )
    .sort(compareKeys)
  for await (const [key, bytes] of view.cells(cellPrefix.account, after && accountCellKey(after))) {
    const account = key.slice(cellPrefix.account.length)
    while (bare[0] !== undefined && bare[0] < account) yield await step(bare.shift()!, emptyAccount)
    yield await step(account, decodeCell(accountCodec, bytes))
  }
  for (const account of bare) yield await step(account, emptyAccount)
}

/** An account as it stands, with what it was last paid. */
export async function accountNow(
  account: AccountKey,
  { balance, credit }: AccountCell,
  accrued: Accrued,
  last: LastPayouts,
): Promise<AccountPayout> {
  // Without credit nobody was ever paid, and nothing is to be looked for.
  const payout = credit === 0 ? undefined : await last.of(account)
  return {
    account: accountKeyText(account),
    credit,
    balance,
    accrued: accrued.get(account) ?? 0,
    payout: payout ?? null,
  }
}
