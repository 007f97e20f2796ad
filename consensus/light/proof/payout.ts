import type { AccountKey } from '../../account.ts'
import type { Amount } from '../../amount.ts'
import type { CreditLine } from '../../ledger/flow/payouts.ts'
import { mismatch } from '../../merkle/proof-error.ts'
import { verifyFound } from './found-leaf.ts'
import { lineKey, parseLineLeaf, parsePayoutLeaf } from './leaves.ts'
import { readWhole } from './proved-list.ts'
import type { ProofReader } from './reader.ts'
import type { Trusted } from './trust.ts'

/** What an account was paid in one epoch: proved, with every line of it. */
export interface ProvedPayout {
  readonly account: AccountKey
  readonly amount: Amount
  /** Everything it ever earned, this epoch included. */
  readonly creditAfter: Amount
  readonly lines: readonly CreditLine[]
}

/** Undefined where it is proved that the account was paid nothing in the checkpoint's epoch. Throws ProofError. */
export async function readPayout(
  { crypto, checkpoint }: Trusted,
  reader: ProofReader,
  account: AccountKey,
): Promise<ProvedPayout | undefined> {
  const { epoch, payoutRoot, totals } = checkpoint
  const tree = { name: 'payouts' } as const
  const lineTree = { name: 'lines', account } as const
  const answer = await reader.want(epoch, { type: 'find', tree, key: account })
  const found = verifyFound(crypto, tree, payoutRoot, account, answer)
  if (found === undefined) return undefined
  const { amount, creditAfter, lines: root } = parsePayoutLeaf(found.leaf)
  if (amount !== found.value) throw mismatch('sum', 'amount of the payout', found.value, amount)
  if (found.total !== totals.paid) throw mismatch('sum', 'all payouts of the epoch', totals.paid, found.total)
  const list = await readWhole({ crypto, reader, epoch, depth: 'deep' }, lineTree, root, parseLineLeaf)
  if (list.total !== amount) throw mismatch('sum', 'credit lines of the payout', amount, list.total)
  const lines = list.items.map(({ item, value }) => ({ ...item, amount: value as Amount }))
  checkDistinct(lines)
  return { account, amount, creditAfter, lines }
}

/** Each role at each source is told once. */
function checkDistinct(lines: readonly CreditLine[]): void {
  const keys = lines.map(({ role, source }) => lineKey(role, source))
  keys.forEach((key, i) => {
    if (i > 0 && keys[i - 1]! >= key)
      throw mismatch('order', `credit line ${i}`, 'one above the line before', 'another')
  })
}
