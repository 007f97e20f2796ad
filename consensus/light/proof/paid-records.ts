import type { AccountKey } from '../../account.ts'
import { type Amount, ppmWhole } from '../../amount.ts'
import type { Cid } from '../../cid.ts'
import type { FlowId } from '../../ledger/flow/flow.ts'
import { useValue } from '../../ledger/flow/use-columns.ts'
import { outcomes } from '../../ledger/outcome.ts'
import { mismatch } from '../../merkle/proof-error.ts'
import type { Action } from '../../records/action.ts'
import type { Inference } from '../../records/inference.ts'
import { type RefKey, refFromKey, refKeyText, resolveRef } from '../../ref.ts'
import type { LeafValue } from './answer.ts'
import { parseRecordLeaf, type RecordLeaf } from './leaves.ts'
import type { ProvedBooks } from './proved-books.ts'
import { type ProvedItem, type ProvedList, readList } from './proved-list.ts'
import { readRecords, type SignedRecord } from './signed-batch.ts'
import { readVoucher } from './voucher.ts'

/** A paid inference or action, signed by who executed and covered by what its payer signed. */
export interface PaidBill {
  readonly leaf: RecordLeaf
  readonly signed: SignedRecord
  readonly bill: Inference | Action
}

/** A record behind an amount, with what it counts there. */
export interface WeighedBill extends PaidBill {
  readonly item: ProvedItem<RecordLeaf>
}

export interface BillList {
  readonly list: ProvedList<RecordLeaf>
  /** In the order of the list; each is proved when it comes, and nobody keeps it. */
  readonly bills: AsyncIterable<WeighedBill>
}

/** The records that one payee billed at a model or agent, under the root that its flow names. */
export async function readFeeRecords(
  books: ProvedBooks,
  flow: FlowId,
  payee: AccountKey,
  root: Uint8Array,
  fees: Amount,
): Promise<BillList> {
  const list = await readList(books, { name: 'fee-records', flow, payee }, root, parseRecordLeaf)
  if (list.total !== fees) throw mismatch('sum', `fees of one payee at ${flow.kind}`, fees, list.total)
  checkDistinct(list)
  return weigh(books, flow, list, ({ leaf, signed }) => {
    if (signed.author !== payee) throw mismatch('record', `author of ${refKeyText(leaf.ref)}`, 'the payee', 'another')
    return [leaf.fee]
  })
}

/** The records that name an asset, or with an empty key those that name nothing; `weight` is their sum. */
export async function readUseRecords(
  books: ProvedBooks,
  flow: FlowId,
  to: RefKey | '',
  root: Uint8Array,
  weight: LeafValue,
): Promise<BillList> {
  const list = await readList(books, { name: 'use-records', flow, to }, root, parseRecordLeaf)
  if (BigInt(list.total) !== BigInt(weight)) throw mismatch('sum', 'fee·weight of records', weight, list.total)
  // What names nothing stands there once for each of its uses.
  if (to !== '') checkDistinct(list)
  return weigh(books, flow, list, ({ leaf, signed, bill }) =>
    weightsOf(bill, signed.batch, to).map(ppm => useValue(leaf.fee, ppm)),
  )
}

/** What a record may count for an asset. What names nothing may be any of its weights: which, its flow's other parts say. */
function weightsOf(bill: Inference | Action, batch: Cid, to: RefKey | ''): number[] {
  if (bill.uses === undefined) return to === '' ? [ppmWhole] : []
  return bill.uses.filter(([asset]) => to === '' || resolveRef(asset, batch) === to).map(([, ppm]) => ppm)
}

/** A record counts once. */
function checkDistinct({ items }: ProvedList<RecordLeaf>): void {
  const refs = new Set<RefKey>()
  for (const { item } of items) {
    if (refs.has(item.ref)) throw mismatch('list', refKeyText(item.ref), 'once', 'twice')
    refs.add(item.ref)
  }
}

/** Records of one list that are read and checked together: a list may have hundreds of thousands, at a kilobyte each. */
const billsAtOnce = 64

/** Reads the records of a list, and checks that each counts there what it may. */
function weigh(
  books: ProvedBooks,
  flow: FlowId,
  list: ProvedList<RecordLeaf>,
  mayCount: (bill: PaidBill) => readonly LeafValue[],
): BillList {
  return { list, bills: weighed(books, flow, list.items, mayCount) }
}

async function* weighed(
  books: ProvedBooks,
  flow: FlowId,
  items: readonly ProvedItem<RecordLeaf>[],
  mayCount: (bill: PaidBill) => readonly LeafValue[],
): AsyncGenerator<WeighedBill> {
  const payees = readPayees(
    books,
    items.map(({ item }) => item),
  )
  for (let from = 0; from < items.length; from += billsAtOnce) {
    const slice = items.slice(from, from + billsAtOnce)
    const leaves = slice.map(({ item }) => item)
    const bills = await books.billTurns.take(() => readPaid(books, flow, leaves, payees))
    for (const [i, bill] of bills.entries()) yield expectWeight({ ...bill, item: slice[i]! }, mayCount(bill))
  }
}

function expectWeight(bill: WeighedBill, counts: readonly LeafValue[]): WeighedBill {
  if (counts.some(count => BigInt(count) === BigInt(bill.item.value))) return bill
  throw mismatch('record', `weight of ${refKeyText(bill.leaf.ref)}`, counts.join(' or ') || 'none', bill.item.value)
}

/** The records of these leaves, each proved to be signed, final, paid by this flow's fees and vouched for. Throws ProofError. */
export async function readBills(books: ProvedBooks, flow: FlowId, leaves: readonly RecordLeaf[]): Promise<PaidBill[]> {
  return readPaid(books, flow, leaves, readPayees(books, leaves))
}

type Payees = ReadonlyMap<RefKey, AccountKey>

async function readPaid(
  books: ProvedBooks,
  flow: FlowId,
  leaves: readonly RecordLeaf[],
  payees: Promise<Payees>,
): Promise<PaidBill[]> {
  // A record that isn't what its leaf says is told before the voucher that its leaf is then missing.
  payees.catch(() => {})
  const signed = await readByBatch(books, leaves)
  const bills = leaves.map(leaf => ({ leaf, ...checkPaid(flow, leaf, signed.get(leaf.ref)!) }))
  const known = await payees
  for (const { leaf, signed: record } of bills) {
    if (known.get(leaf.session) === record.author) continue
    throw mismatch('record', `author of ${refKeyText(leaf.ref)}`, 'the payee of its session', 'another')
  }
  return bills
}

/** One request part per batch, however many of its records are wanted. */
async function readByBatch(books: ProvedBooks, leaves: readonly RecordLeaf[]): Promise<Map<RefKey, SignedRecord>> {
  const batches = new Map<string, { batch: Cid; indices: Set<number> }>()
  for (const { ref } of leaves) {
    const [batch, index] = refFromKey(ref)
    const known = batches.get(batch.key)
    if (known === undefined) batches.set(batch.key, { batch, indices: new Set([index]) })
    else known.indices.add(index)
  }
  const read = await Promise.all(
    [...batches.values()].map(({ batch, indices }) =>
      readRecords(
        books.trusted,
        books.reader,
        batch,
        [...indices].sort((a, b) => a - b),
      ),
    ),
  )
  return new Map(read.flat().map(record => [record.ref, record]))
}

function checkPaid(
  flow: FlowId,
  leaf: RecordLeaf,
  signed: SignedRecord,
): { signed: SignedRecord; bill: Inference | Action } {
  const { record, batch, code } = signed
  const name = refKeyText(leaf.ref)
  const kind = flow.kind === 'agent' ? 'action' : 'inference'
  if (record.kind !== kind) throw mismatch('record', name, `an ${kind}`, record.kind)
  const bill = record as Inference | Action
  const earner = resolveRef(bill.kind === 'action' ? bill.agent : bill.model, batch)
  if (earner !== flow.key) throw mismatch('record', `${flow.kind} of ${name}`, refKeyText(flow.key), refKeyText(earner))
  if (bill.fee !== leaf.fee) throw mismatch('record', `fee of ${name}`, leaf.fee, bill.fee)
  const session = resolveRef(bill.session, batch)
  if (session !== leaf.session)
    throw mismatch('record', `session of ${name}`, refKeyText(leaf.session), refKeyText(session))
  if (code !== outcomes.paid) throw mismatch('outcome', name, outcomes.paid, code ?? 'none in this epoch')
  return { signed, bill }
}

/** E4: one voucher per session covers all that was settled before its total; the payee alone bills. */
async function readPayees(books: ProvedBooks, leaves: readonly RecordLeaf[]): Promise<Payees> {
  const last = new Map<RefKey, RecordLeaf>()
  for (const leaf of leaves) {
    const known = last.get(leaf.session)
    if (known === undefined || leaf.settledAfter > known.settledAfter) last.set(leaf.session, leaf)
  }
  const payees = new Map<RefKey, AccountKey>()
  await Promise.all(
    [...last.values()].map(async ({ session, settledAfter, ref }) => {
      const [by] = refFromKey(ref)
      const { payee } = await readVoucher(books.trusted, books.reader, { session, atLeast: settledAfter, by })
      payees.set(session, payee)
    }),
  )
  return payees
}
