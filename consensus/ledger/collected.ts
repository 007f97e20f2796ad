import type { AccountKey } from '../account.ts'
import { type Amount, addAmounts } from '../amount.ts'
import type { ByteKey } from '../bytes.ts'
import type { Attribution, PaidRecord } from './paid-record.ts'
import { SpelledRefs } from './spelled-refs.ts'

/**
 * E1: what records do beyond their author's own cells. Sums and sets, so that the order of authors can't matter; applied
 * after all records.
 */
export class Collected {
  /** Money that reaches an account's balance and is spendable in the next epoch. */
  readonly incoming = new Map<AccountKey, Amount>()
  /** E5: per content cell, who contributed it in this epoch. */
  readonly contents = new Map<ByteKey, Set<AccountKey>>()
  /** By author, then in the author's order. */
  readonly paid: PaidRecord[] = []
  readonly attributions: Attribution[] = []
  /** Of what is in `paid`. */
  readonly refs = new SpelledRefs()

  receive(account: AccountKey, amount: Amount): void {
    this.incoming.set(account, addAmounts(this.incoming.get(account) ?? 0, amount))
  }

  markContent(cell: ByteKey, author: AccountKey): void {
    const authors = this.contents.get(cell)
    if (authors === undefined) this.contents.set(cell, new Set([author]))
    else authors.add(author)
  }
}
