import { type AccountKey, accountKeyText } from '../../../consensus/account.ts'
import type { CreditLine, Role } from '../../../consensus/ledger/flow/payouts.ts'
import type { Store } from '../../store/store.ts'
import { sourceText } from '../export.ts'
import { payoutOf } from '../pages/payouts.ts'
import { type Books, booksOf } from './books.ts'
import { Branch } from './branch.ts'
import { Catalogue } from './catalogue.ts'
import { addCauses } from './causes.ts'
import type { EpochSpan } from './epoch-span.ts'
import { addPool } from './operators.ts'
import { addFeeRecords } from './record-parts.ts'
import { spending } from './spending.ts'
import { traceBuilder, traceData } from './trace.ts'

export const roleTexts: Readonly<Record<Role, string>> = {
  operator: 'for running a validator',
  delegator: 'for stake at validators',
  executor: 'for executing: what it billed for inferences and actions',
  builder: 'for building models and agents',
  owner: 'for owning a datanet',
  origin: 'for contributing raw material',
  refiner: 'for refining data',
}

/** What an account earned: in which role, from what, why, by which records. Then what it gave out. */
export async function explainAccount(store: Store, account: AccountKey, range: EpochSpan): Promise<Branch> {
  const catalogue = new Catalogue(store)
  const root = Branch.sum('earned', accountKeyText(account))
  const isPaid = async (epoch: number) => (await payoutOf(store, epoch, account)) !== undefined
  for await (const books of booksOf(store, range, isPaid)) {
    const payout = books.payouts.find(paid => paid.account === account)!
    root.add(payout.amount)
    for (const line of payout.lines) addLine(root, books, catalogue, account, line)
  }
  const spent = await spending(store, account, range)
  if (!spent.isEmpty) root.attach('besides, from its own balance', spent)
  return root
}

function addLine(root: Branch, books: Books, catalogue: Catalogue, account: AccountKey, line: CreditLine): void {
  const { role, source, amount } = line
  const byRole = root.sum(role, roleTexts[role]).add(amount)
  const bySource = byRole.sum(source, sourceLabel(catalogue, line), sourceText(line)).add(amount)
  switch (role) {
    case 'executor':
      addFeeRecords(bySource, books, source, amount, account)
      break
    case 'builder':
      addCauses(bySource, books, catalogue, source, traceBuilder(books, catalogue, source, amount))
      break
    case 'operator':
      addPool(bySource, books, catalogue, amount)
      break
    // Settled now, earned over all the epochs since the stake last changed.
    case 'delegator':
      break
    default:
      addCauses(bySource, books, catalogue, source, traceData(books, catalogue, source, amount))
  }
}

function sourceLabel(catalogue: Catalogue, { role, source }: CreditLine): string {
  if (role === 'operator') return 'its part of the operators’ pool'
  if (role === 'delegator') return 'what stake at this validator earned until it changed'
  const label = catalogue.label(source)
  return role === 'origin' && label.startsWith('refinement') ? `${label}, made from its data` : label
}
