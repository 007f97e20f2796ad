import type { AccountKey } from '../../consensus/account.ts'
import { accountText } from '../../consensus/account.ts'
import { fromKey } from '../../consensus/bytes.ts'
import type { CreditLine } from '../../consensus/ledger/flow/payouts.ts'
import { openText } from '../decimal.ts'
import { sourceText } from '../query/export.ts'
import type { EarnedEpoch, Earnings } from './earnings.ts'

/** One credit line of a proved payout, as `--json` and statements have it: amounts are decimals in OPEN. */
export interface StatedLine {
  readonly role: string
  readonly source: string
  readonly amount: string
}

export interface StatedPayout {
  readonly epoch: number
  /** Of the checkpoint, in ms since 1970. */
  readonly time: number
  readonly checkpoint: string
  readonly amount: string
  /** Everything that the account ever earned, this epoch included. */
  readonly credit: string
  readonly lines: readonly StatedLine[]
}

export function statedPayout({ epoch, time, checkpoint, payout }: EarnedEpoch): StatedPayout {
  const { amount, creditAfter, lines } = payout
  return {
    epoch,
    time,
    checkpoint: `${checkpoint}`,
    amount: openText(amount),
    credit: openText(creditAfter),
    lines: lines.map(statedLine),
  }
}

const statedLine = (line: CreditLine): StatedLine => ({
  role: line.role,
  source: sourceText(line),
  amount: openText(line.amount),
})

/**
 * A statement of what was earned, the oldest first, for somebody who keeps other books: of epochs `from` to `to`, and `shownFrom` is null
 * where all of them are in it. `before` and `total` come to the credit, unless more was earned after `to`.
 */
export function statementJson(account: AccountKey, earnings: Earnings): string {
  const { from, to, epochs, before, shownFrom, head, cell } = earnings
  const total = epochs.reduce((sum, { payout }) => sum + payout.amount, 0)
  const statement = {
    account: accountText(fromKey(account)),
    proved: { epoch: head.epoch, checkpoint: `${head.cid}`, credit: openText(cell.credit) },
    from,
    to,
    shownFrom: shownFrom ?? null,
    before: openText(before),
    total: openText(total),
    payouts: epochs.map(statedPayout).reverse(),
  }
  return `${JSON.stringify(statement, null, 2)}\n`
}

/** A row per credit line, with a heading (RFC 4180; no field needs quotes). */
export function statementCsv({ epochs }: Earnings): string {
  const rows = epochs
    .map(statedPayout)
    .reverse()
    .flatMap(({ epoch, time, checkpoint, credit, lines }) =>
      lines.map(({ role, source, amount }) => [
        epoch,
        new Date(time).toISOString(),
        role,
        source,
        amount,
        credit,
        checkpoint,
      ]),
    )
  return [['epoch', 'time', 'role', 'source', 'amount', 'credit', 'checkpoint'], ...rows]
    .map(row => `${row.join(',')}\r\n`)
    .join('')
}
