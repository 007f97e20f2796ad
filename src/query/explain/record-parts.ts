import { type Amount, divide, ppmWhole } from '../../../consensus/amount.ts'
import type { Flow, FlowId } from '../../../consensus/ledger/flow/flow.ts'
import type { Cause } from '../../../consensus/light/proof/climb.ts'
import { type RefKey, refFromKey, resolveRef } from '../../../consensus/ref.ts'
import { openText } from '../../decimal.ts'
import type { BilledRecord, Books } from './books.ts'
import type { Branch } from './branch.ts'

/** The records by whose fees an amount came about, each with its part, as leaves of `branch`. */
export function addRecords(branch: Branch, books: Books, { from, list, entered, amount }: Cause): void {
  if (from.kind === 'waiting') addAttributions(branch, books, from.key, amount)
  else if (list === 'uses') addParts(branch, books.epoch, namedWeights(books, from.key, entered), amount)
  else if (list === 'fees') addFeeRecords(branch, books, from.key, amount)
  else addParts(branch, books.epoch, unnamedWeights(books, from), amount)
}

/** The records of one payee, or of all. */
export function addFeeRecords(branch: Branch, books: Books, earner: RefKey, amount: Amount, payee?: string): void {
  const records = books.paidRecords(earner).filter(record => payee === undefined || record.payee === payee)
  const weighed = records.map(record => ({ record, weight: record.fee }))
  addParts(branch, books.epoch, weighed, amount)
}

/** F1: all that a model's or agent's records were paid. */
export function feesOf(flow: Flow): Amount {
  return flow.payees.reduce((sum, { fees }) => sum + fees, 0)
}

interface WeighedRecord {
  readonly record: BilledRecord
  readonly weight: number | bigint
}

/** F3: fee·weight of every record that names the asset. */
function namedWeights(books: Books, model: RefKey, asset: RefKey): WeighedRecord[] {
  return books
    .paidNaming(model, asset)
    .map(({ record, weight }) => ({ record, weight: BigInt(record.fee) * BigInt(weight) }))
}

/** F3: a record without `uses` names nothing; so does every weight whose asset isn't among those named. */
function unnamedWeights(books: Books, id: FlowId): WeighedRecord[] {
  const parts = books.flow(id)?.lists.find(({ name }) => name === 'uses')?.parts
  const named = new Set(parts?.map(({ to }) => to))
  return books.paidRecords(id.key).map(record => {
    let weight = record.uses === undefined ? ppmWhole : 0
    for (const [ref, ppm] of record.uses ?? []) if (!named.has(resolveRef(ref, record.batch))) weight += ppm
    return { record, weight: BigInt(record.fee) * BigInt(weight) }
  })
}

function addParts(branch: Branch, epoch: number, weighed: readonly WeighedRecord[], amount: Amount): void {
  if (!weighed.some(({ weight }) => weight > 0)) return
  const parts = divide(
    amount,
    weighed.map(({ weight }) => weight),
  )
  weighed.forEach(({ record: { action, batch, index, fee } }, i) => {
    if (parts[i] === 0) return
    const text = `of the fee of ${openText(fee)} OPEN for an ${action ? 'action' : 'inference'}`
    branch.leaf({ text, amount: parts[i]!, ref: [batch, index], epoch })
  })
}

function addAttributions(branch: Branch, books: Books, model: RefKey, amount: Amount): void {
  for (const { ref, model: attributed } of books.attributions()) {
    if (attributed !== model) continue
    branch.leaf({ text: 'of what had waited for this attribution', amount, ref: refFromKey(ref), epoch: books.epoch })
  }
}
