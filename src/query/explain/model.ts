import { accountKeyText } from '../../../consensus/account.ts'
import type { FlowId } from '../../../consensus/ledger/flow/flow.ts'
import type { Role } from '../../../consensus/ledger/flow/payouts.ts'
import { type RefKey, refKeyText } from '../../../consensus/ref.ts'
import type { Store } from '../../store/store.ts'
import { type Books, booksOf, type Outbound } from './books.ts'
import { Branch } from './branch.ts'
import { Catalogue } from './catalogue.ts'
import type { EpochSpan } from './epoch-span.ts'
import { addFeeRecords, feesOf } from './record-parts.ts'
import { isWholeLife } from './whole-life.ts'

/** A model or agent: who billed for it, what came from those that build on it, and where all of it went. */
export async function explainModel(store: Store, model: RefKey, range: EpochSpan): Promise<Branch> {
  const catalogue = new Catalogue(store)
  const id = catalogue.builtId(model)
  const isWhole = isWholeLife(store, model, range)
  const root = Branch.heading(catalogue.label(model), refKeyText(model))
  const inflow = root.sum('in', 'came in')
  const outflow = root.sum('out', 'of that went to')
  const waited = root.sum('waited', 'what had waited for its attributor went to')
  for await (const books of booksOf(store, range)) {
    addInflow(inflow, books, catalogue, id)
    addOutflow(outflow, books, catalogue, id)
    addWaited(waited, books, catalogue, model)
  }
  if (inflow.isEmpty) root.remark(`nothing was paid for it ${isWhole ? 'yet' : 'in these epochs'}`)
  return root
}

function addInflow(inflow: Branch, books: Books, catalogue: Catalogue, id: FlowId): void {
  const flow = books.flow(id)
  if (flow === undefined) return
  for (const { account, fees } of flow.payees) {
    const line = inflow.add(fees).sum(account, 'fees, billed by', accountKeyText(account)).add(fees)
    addFeeRecords(line, books, id.key, fees, account)
  }
  for (const { from, amount } of flow.inbound) {
    const text = `the bases’ part of ${catalogue.label(from.key)}, which builds on it`
    inflow.add(amount).sum(from.key, text, refKeyText(from.key)).add(amount)
  }
}

const earnedAs: Readonly<Partial<Record<Role, string>>> = {
  executor: 'who executed it',
  builder: 'who built it',
}

function addOutflow(outflow: Branch, books: Books, catalogue: Catalogue, id: FlowId): void {
  const flow = books.flow(id)
  if (flow === undefined) return
  let rest = feesOf(flow)
  for (const { amount } of flow.inbound) rest += amount
  for (const { account, role, amount } of books.paidAt(id.key)) {
    outflow
      .add(amount)
      .sum(role + account, earnedAs[role] ?? role, accountKeyText(account))
      .add(amount)
    rest -= amount
  }
  for (const line of books.outbound(id)) {
    addOutbound(outflow, catalogue, line)
    rest -= line.amount
  }
  addTreasury(outflow, rest)
}

function addWaited(waited: Branch, books: Books, catalogue: Catalogue, model: RefKey): void {
  const flow = books.flow({ kind: 'waiting', key: model })
  const first = flow?.lists[0]
  if (first === undefined) return
  let rest = first.amount
  for (const line of books.outbound({ kind: 'waiting', key: model })) {
    addOutbound(waited, catalogue, line)
    rest -= line.amount
  }
  addTreasury(waited, rest)
}

function addOutbound(branch: Branch, catalogue: Catalogue, { to, list, amount }: Outbound): void {
  const id = to.kind === 'operators' ? null : refKeyText(to.key)
  branch
    .add(amount)
    .sum(`${to.kind}/${list}/${to.key}`, outboundText(catalogue, to, list), id)
    .add(amount)
}

function outboundText(catalogue: Catalogue, to: FlowId, list: Outbound['list']): string {
  if (to.kind === 'operators') return 'the validators’ pool'
  if (to.kind === 'waiting') return 'waits until its attributor says what it drew on'
  const label = catalogue.label(to.key)
  if (list === 'bases') return `${label}, which it builds on`
  return list === 'unnamed'
    ? `${label}: declared as its data, where records named nothing`
    : `${label}: named by records`
}

/** F3: what no declared asset stands for. */
function addTreasury(branch: Branch, amount: number): void {
  if (amount > 0) branch.add(amount).sum('treasury', 'the treasury: neither named nor declared').add(amount)
}
