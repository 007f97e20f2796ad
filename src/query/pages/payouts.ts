import { type AccountKey, accountKeyText } from '../../../consensus/account.ts'
import { accountCellKey, accountCodec } from '../../../consensus/ledger/cells/account.ts'
import { decodeCell } from '../../../consensus/ledger/cells/cell.ts'
import type { CreditedPayout } from '../../../consensus/ledger/execute.ts'
import { decodePayouts } from '../../../consensus/ledger/flow/payout-codec.ts'
import type { Payout } from '../../api/schema/payout.ts'
import { breathe } from '../../proofs/breathe.ts'
import type { Store } from '../../store/store.ts'
import { sourceText } from '../export.ts'
import type { Step } from './page.ts'

/** Nobody reads more, and who must have all of them has the proof. */
const linesMax = 256

interface PayoutStep extends Step<CreditedPayout> {
  readonly item: CreditedPayout
}

/** By account; the place is a chunk of the epoch's and a position in it. */
export function* payoutsIn(
  store: Store,
  epoch: number,
  after?: readonly [chunk: number, position: number],
): Generator<PayoutStep> {
  for (let number = after?.[0] ?? 0; ; number++) {
    const chunk = store.payouts.get(epoch, number)
    if (chunk === undefined) return
    const payouts = decodePayouts(chunk, `payouts of epoch ${epoch}`)
    const first = number === after?.[0] ? after[1] + 1 : 0
    for (let position = first; position < payouts.length; position++)
      yield { at: [number, position], item: payouts[position]! }
  }
}

export function payoutStatus(epoch: number, { account, amount, creditAfter, lines }: CreditedPayout): Payout {
  return {
    epoch,
    account: accountKeyText(account),
    amount,
    credit: creditAfter,
    lines: lines.slice(0, linesMax).map(line => ({ role: line.role, source: sourceText(line), amount: line.amount })),
    omitted: Math.max(0, lines.length - linesMax),
  }
}

/**
 * Newest first, down from the epoch before `before`. Ends with the first payout ever, as what came before it was no credit, or with the
 * first epoch that is here.
 */
export async function* payoutsTo(
  store: Store,
  account: AccountKey,
  before: number | undefined,
): AsyncGenerator<Step<Payout>> {
  const cell = store.state.get(accountCellKey(account))
  if (cell === undefined || decodeCell(accountCodec, cell).credit === 0) return
  const newest = store.head()?.epoch ?? 0
  const first = store.first()
  for (let epoch = Math.min(newest, (before ?? newest + 1) - 1); epoch >= first; epoch--) {
    const paid = await payoutOf(store, epoch, account)
    yield { at: [epoch], item: paid && payoutStatus(epoch, paid) }
    if (paid !== undefined && paid.creditAfter === paid.amount) return
  }
}

/** Of one account in one epoch. Chunks are read by their keys: most epochs have one, and an iterator costs more than it. */
export async function payoutOf(store: Store, epoch: number, account: AccountKey): Promise<CreditedPayout | undefined> {
  for (const { item } of payoutsIn(store, epoch)) {
    if (item.account === account) return item
    if (item.account > account) return undefined
    await breathe()
  }
  return undefined
}
