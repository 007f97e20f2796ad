import { accountKeyText } from '../../consensus/account.ts'
import { compareKeys } from '../../consensus/bytes.ts'
import { accountCodec, emptyAccount } from '../../consensus/ledger/cells/account.ts'
import { cellPrefix, decodeCell } from '../../consensus/ledger/cells/cell.ts'
import type { CreditedPayout } from '../../consensus/ledger/execute.ts'
import type { AccountPayout, Payouts } from '../api/node-view.ts'
import type { Store } from '../store/store.ts'
import type { View } from '../store/view.ts'
import { accruedToAll } from './accrued.ts'
import { epochPayouts } from './epoch-payouts.ts'
import type { LastPayouts } from './last-payouts.ts'
import { accountNow } from './pages/accounts.ts'

/** The accounts that were paid in an epoch. */
export async function payoutsOfEpoch(store: Store, epoch: number): Promise<Payouts> {
  const accounts: AccountPayout[] = []
  for await (const paid of epochPayouts(store, epoch)) accounts.push(paidAccount(epoch, paid))
  return { epoch, payoutsFrom: epoch, accounts }
}

/** An account as its payout of an epoch shows it. */
export function paidAccount(epoch: number, { account, amount, creditAfter }: CreditedPayout): AccountPayout {
  const payout = { epoch, amount }
  return { account: accountKeyText(account), credit: creditAfter, balance: null, accrued: null, payout }
}

/** Every account as it stands, with what it was last paid. */
export async function payoutsNow(view: View, last: LastPayouts): Promise<Payouts> {
  const epoch = view.head?.epoch ?? 0
  const accrued = await accruedToAll(view)
  const cells = new Map([...accrued.keys()].map(account => [account, emptyAccount]))
  for await (const [key, bytes] of view.cells(cellPrefix.account))
    cells.set(key.slice(1), decodeCell(accountCodec, bytes))
  await last.upTo(epoch)
  const accounts: AccountPayout[] = []
  for (const account of [...cells.keys()].sort(compareKeys))
    accounts.push(await accountNow(account, cells.get(account)!, accrued, last))
  return { epoch, payoutsFrom: last.from, accounts }
}
