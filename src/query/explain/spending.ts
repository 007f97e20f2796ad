import type { AccountKey } from '../../../consensus/account.ts'
import type { Amount } from '../../../consensus/amount.ts'
import { isFailed } from '../../../consensus/ledger/outcome.ts'
import type { LedgerRecord } from '../../../consensus/records/registry.ts'
import type { Store } from '../../store/store.ts'
import { authorRecords } from './author-records.ts'
import { Branch } from './branch.ts'

/** What an account gave out by its own records: transfers, and deposits in sessions. */
export async function spending(
  store: Store,
  account: AccountKey,
  range: { from: number; to: number },
): Promise<Branch> {
  const spent = Branch.sum('gave out')
  for await (const { batch, index, record, code, epoch } of authorRecords(store, account, range)) {
    const amount = isFailed(code) ? 0 : amountOf(record)
    if (amount === 0) continue
    const text = record.kind === 'session' ? 'a deposit: explain the session to see what became of it' : 'a transfer'
    const line = spent.add(amount).sum(record.kind, record.kind === 'session' ? 'deposits' : 'transfers')
    line.add(amount).leaf({ text, amount, ref: [batch, index], epoch })
  }
  return spent
}

function amountOf(record: LedgerRecord): Amount {
  if (record.kind === 'transfer') return record.amount
  return record.kind === 'session' ? record.deposit : 0
}
