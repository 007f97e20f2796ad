import { accountKeyText } from '../../../consensus/account.ts'
import type { Amount } from '../../../consensus/amount.ts'
import { toKey } from '../../../consensus/bytes.ts'
import { decodeCell } from '../../../consensus/ledger/cells/cell.ts'
import { sessionCellKey, sessionCodec } from '../../../consensus/ledger/cells/session.ts'
import { outcomes } from '../../../consensus/ledger/outcome.ts'
import type { Session } from '../../../consensus/records/session.ts'
import { type RefKey, refFromKey, refKeyText, resolveRef } from '../../../consensus/ref.ts'
import { openText } from '../../decimal.ts'
import type { Store } from '../../store/store.ts'
import { authorRecords, type FinalRecord } from './author-records.ts'
import { Branch } from './branch.ts'
import { Catalogue } from './catalogue.ts'
import type { EpochSpan } from './epoch-span.ts'

/** A payer's deposit: what was paid out of it and for what, what came back, and what was billed beyond the vouchers. */
export async function explainSession(store: Store, ref: RefKey, session: Session, range: EpochSpan): Promise<Branch> {
  const catalogue = new Catalogue(store)
  const payee = toKey(session.payee)
  const root = Branch.heading(`session with ${accountKeyText(payee)}`, refKeyText(ref))
  const deposit = root.sum('deposit', 'deposit').add(session.deposit)
  const unpaid = root.sum('unpaid', 'billed, but not covered by the payer’s vouchers: unpaid for good')
  const vouchers = { count: 0, best: 0 }
  let paid = 0
  // Of all epochs since it was opened, up to the one of its cell: what is left is what all of them leave.
  const [batch] = refFromKey(ref)
  const from = Math.min(range.from, store.outcomes.get(batch)!.epoch)
  const to = Math.max(range.to, store.head()?.epoch ?? 0)
  const cell = store.state.get(sessionCellKey(ref))
  for await (const found of authorRecords(store, payee, { ...range, from, to })) {
    const { record, code } = found
    if (!('session' in record) || resolveRef(record.session, found.batch) !== ref) continue
    if (record.kind === 'voucher' && code === outcomes.done) {
      vouchers.count++
      vouchers.best = Math.min(Math.max(vouchers.best, record.total), session.deposit)
    }
    if (record.kind !== 'inference' && record.kind !== 'action') continue
    if (code === outcomes.paid) {
      paid += record.fee
      addBilled(deposit, catalogue, found, record.fee, range)
    } else if (code === outcomes.unpaid && isWithin(range, found.epoch)) {
      addBilled(unpaid.add(record.fee), catalogue, found, record.fee, range)
    }
  }
  addRest(deposit, cell, session.deposit - paid)
  root.remark(`the payer’s vouchers: ${vouchers.count}, the best over ${openText(vouchers.best)} OPEN`)
  return root
}

function addBilled(branch: Branch, catalogue: Catalogue, found: FinalRecord, fee: Amount, range: EpochSpan): void {
  const { record, batch, index, epoch } = found
  if (record.kind !== 'inference' && record.kind !== 'action') return
  if (!isWithin(range, epoch)) {
    const when = epoch < range.from ? 'earlier' : 'later'
    branch.sum(when, `paid in ${when} epochs`).add(fee)
    return
  }
  const earner = resolveRef(record.kind === 'inference' ? record.model : record.agent, batch)
  const line = branch.sum(earner, `for ${catalogue.label(earner)}`, refKeyText(earner)).add(fee)
  line.leaf({ text: `the fee of an ${record.kind}`, amount: fee, ref: [batch, index], epoch })
}

function isWithin({ from, to }: EpochSpan, epoch: number): boolean {
  return epoch >= from && epoch <= to
}

function addRest(deposit: Branch, bytes: Uint8Array | undefined, rest: Amount): void {
  if (bytes === undefined) {
    deposit.sum('rest', 'returned to the payer when the session ended').add(rest)
    return
  }
  const { expires } = decodeCell(sessionCodec, bytes)
  deposit.sum('rest', `still in the session, which can be used through epoch ${expires}`).add(rest)
}
