import { type Amount, divide, ppmWhole } from '../../../consensus/amount.ts'
import type { Flow } from '../../../consensus/ledger/flow/flow.ts'
import { type RefKey, refKeyText, refText, resolveRef } from '../../../consensus/ref.ts'
import { openText } from '../../decimal.ts'
import type { BilledRecord, Books } from './books.ts'
import type { Branch } from './branch.ts'
import type { Cause } from './trace.ts'

/** The records by whose fees an amount came about, each with its part, as leaves of `branch`. */
export function addRecords(branch: Branch, books: Books, { from, list, entered, amount }: Cause): void {
  if (from.kind === 'waiting') addAttributions(branch, books, from.key, amount)
  else addParts(branch, books.epoch, books.paidRecords(from.key), amount, weighing(books.flow(from), list, entered))
}

/** The records of one payee, or of all. */
export function addFeeRecords(branch: Branch, books: Books, earner: RefKey, amount: Amount, payee?: string): void {
  const records = books.paidRecords(earner).filter(record => payee === undefined || record.payee === payee)
  addParts(branch, books.epoch, records, amount, feeOf)
}

/** F1: all that a model's or agent's records were paid. */
export function feesOf(flow: Flow): Amount {
  return flow.payees.reduce((sum, { fees }) => sum + fees, 0)
}

type Weigh = (record: BilledRecord) => bigint

const feeOf: Weigh = ({ fee }) => BigInt(fee)

function weighing(flow: Flow | undefined, list: Cause['list'], entered: RefKey): Weigh {
  if (list === 'fees') return feeOf
  if (list === 'uses') return usesWeight(entered)
  return unnamedWeight(new Set(flow?.lists.find(({ name }) => name === 'uses')?.parts.map(({ to }) => to)))
}

function usesWeight(asset: RefKey): Weigh {
  return record => weightWhere(record, ref => ref === asset)
}

/** F3: a record without `uses` names nothing; so does every weight whose asset isn't among those named. */
function unnamedWeight(named: ReadonlySet<RefKey>): Weigh {
  return record =>
    record.uses === undefined ? BigInt(record.fee) * BigInt(ppmWhole) : weightWhere(record, ref => !named.has(ref))
}

function weightWhere({ uses, batch, fee }: BilledRecord, fits: (ref: RefKey) => boolean): bigint {
  let weight = 0
  for (const [ref, ppm] of uses ?? []) if (fits(resolveRef(ref, batch))) weight += ppm
  return BigInt(fee) * BigInt(weight)
}

function addParts(branch: Branch, epoch: number, records: readonly BilledRecord[], amount: Amount, weigh: Weigh): void {
  const weights = records.map(weigh)
  if (!weights.some(weight => weight > 0n)) return
  const parts = divide(amount, weights)
  records.forEach(({ action, batch, index, fee }, i) => {
    if (parts[i] === 0) return
    const text = `of the fee of ${openText(fee)} OPEN for an ${action ? 'action' : 'inference'}`
    branch.leaf({ text, amount: parts[i]!, id: refText([batch, index]), epoch })
  })
}

function addAttributions(branch: Branch, books: Books, model: RefKey, amount: Amount): void {
  for (const { ref, model: attributed } of books.attributions()) {
    if (attributed !== model) continue
    branch.leaf({ text: 'of what had waited for this attribution', amount, id: refKeyText(ref), epoch: books.epoch })
  }
}
