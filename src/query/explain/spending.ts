import type { AccountKey } from '../../../consensus/account.ts'
import type { Amount } from '../../../consensus/amount.ts'
import { isFailed } from '../../../consensus/ledger/outcome.ts'
import type { LedgerRecord } from '../../../consensus/records/registry.ts'
import type { Store } from '../../store/store.ts'
import { authorRecords } from './author-records.ts'
import { Branch } from './branch.ts'
import type { EpochSpan } from './epoch-span.ts'

/** What an account gave out by its own records: transfers, deposits in sessions, and stake. */
export async function spending(store: Store, account: AccountKey, range: EpochSpan): Promise<Branch> {
  const spent = Branch.sum('gave out')
  for await (const { batch, index, record, code, epoch } of authorRecords(store, account, range)) {
    const given = isFailed(code) ? undefined : givenBy(record)
    if (given === undefined) continue
    const { amount, heading, text } = given
    const line = spent.add(amount).sum(record.kind, heading)
    line.add(amount).leaf({ text, amount, ref: [batch, index], epoch })
  }
  return spent
}

interface Given {
  readonly amount: Amount
  readonly heading: string
  readonly text: string
}

function givenBy(record: LedgerRecord): Given | undefined {
  switch (record.kind) {
    case 'transfer':
      return { amount: record.amount, heading: 'transfers', text: 'a transfer' }
    case 'session':
      return {
        amount: record.deposit,
        heading: 'deposits',
        text: 'a deposit: explain the session to see what became of it',
      }
    case 'stake':
      return { amount: record.amount, heading: 'stake', text: 'bonded until it is taken out again' }
    default:
      return undefined
  }
}
