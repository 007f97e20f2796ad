import type { ExportLine } from '../api/node-view.ts'

interface PayoutLine {
  readonly epoch: number
  readonly account: string
  readonly label?: string
  readonly lines: readonly { readonly role: string; readonly source: string; readonly amount: string }[]
}

const heading = ['epoch', 'account', 'label', 'role', 'source', 'amount']
/** One write for each row would cost more than the rows. */
const chunkChars = 64 * 1024

/** Payouts as a table (RFC 4180): a row for each credit line, so the amounts of an epoch and account add up to its payout. */
export async function* payoutsCsv(payouts: AsyncIterable<ExportLine>): AsyncGenerator<string> {
  let chunk = rowOf(heading)
  for await (const payout of payouts) {
    const { epoch, account, label = '', lines } = payout as unknown as PayoutLine
    for (const { role, source, amount } of lines) chunk += rowOf([`${epoch}`, account, label, role, source, amount])
    if (chunk.length < chunkChars) continue
    yield chunk
    chunk = ''
  }
  yield chunk
}

function rowOf(fields: readonly string[]): string {
  return `${fields.map(quoted).join(',')}\r\n`
}

/** A name that somebody chose may hold anything; what a spreadsheet would take for a formula is made a text. */
function quoted(field: string): string {
  const text = /^[=+\-@\t]/.test(field) ? `'${field}` : field
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
