import type { AccountKey } from '../../account.ts'
import type { Amount } from '../../amount.ts'
import { heightOf } from '../../ledger/cells/asset.ts'
import type { FlowId } from '../../ledger/flow/flow.ts'
import type { RefKey } from '../../ref.ts'
import { readAttribution } from './attribution.ts'
import { type Cause, Causes, Climb } from './climb.ts'
import { checkInbound } from './inbound.ts'
import { type InboundLeaf, parsePartLeaf } from './leaves.ts'
import { type BillList, readFeeRecords, readUseRecords, type WeighedBill } from './paid-records.ts'
import type { ProvedBooks } from './proved-books.ts'
import type { BuiltFlow } from './proved-flow.ts'
import { type ProvedList, shareOf } from './proved-list.ts'
import type { ProvedClaim, ProvedNode, ProvedRemark } from './proved-node.ts'

/** Where an amount came from, and how many of the ways weren't drawn. */
interface Trace {
  readonly causes: readonly Cause[]
  readonly omitted: number
}

/**
 * Follows money that an asset got back to the fees it was part of, level by level. Every flow on the way is proved and recomputed, and
 * so is what each of its lines brought in.
 */
export async function traceData(books: ProvedBooks, asset: RefKey, amount: Amount): Promise<Trace> {
  const causes = new Causes()
  const climb = new Climb()
  climb.add(asset, heightOf(await books.data(asset)), amount)
  let omitted = 0
  for (let level = climb.next(); level !== undefined; level = climb.next()) {
    const flows = await Promise.all(level.map(([ref]) => books.lineage(ref)))
    await Promise.all(flows.map(({ id, inbound }) => checkLines(books, id, inbound)))
    for (const [i, [ref, part]] of level.entries()) {
      const { inbound } = flows[i]!
      omitted += inbound.count - inbound.items.length
      for (const line of inbound.items) {
        const { from, list } = line.item
        const share = shareOf(inbound, line, part)
        if (from.kind === 'asset') climb.add(from.key, heightOf(await books.data(from.key)), share)
        else causes.add(from, list, ref, share)
      }
    }
  }
  return { causes: causes.all(), omitted }
}

/** Agents stand above all models. */
const agentHeight = 1_000_000_000

/** The same for builders: money that a model got, back to the models and agents whose fees it was. */
export async function traceBuilder(books: ProvedBooks, model: RefKey, amount: Amount): Promise<Trace> {
  const causes = new Causes()
  const climb = new Climb()
  climb.add(model, await builtHeight(books, model), amount)
  let omitted = 0
  for (let level = climb.next(); level !== undefined; level = climb.next()) {
    const flows = await Promise.all(level.map(([ref]) => books.built(ref)))
    await Promise.all(flows.map(({ id, inbound }) => checkLines(books, id, inbound)))
    for (const [i, [ref, part]] of level.entries()) {
      const flow = flows[i]!
      const { inbound } = flow
      omitted += inbound.count - inbound.items.length
      // What it earned by its own fees stands first, then what came from above.
      const all = { total: flow.builder + (inbound.total as Amount) }
      causes.add(flow.id, 'fees', ref, shareOf(all, { prefix: 0, value: flow.builder }, part))
      for (const line of inbound.items) {
        const { key } = line.item.from
        const place = { prefix: flow.builder + (line.prefix as Amount), value: line.value }
        climb.add(key, await builtHeight(books, key), shareOf(all, place, part))
      }
    }
  }
  return { causes: causes.all(), omitted }
}

async function builtHeight(books: ProvedBooks, ref: RefKey): Promise<number> {
  const cell = await books.model(ref)
  return cell.height + (cell.kind === 'agent' ? agentHeight : 0)
}

export async function checkLines(books: ProvedBooks, to: FlowId, inbound: ProvedList<InboundLeaf>): Promise<void> {
  await Promise.all(inbound.items.map(({ item, value }) => checkInbound(books, to, item, value as Amount)))
}

/** A line per cause, with the records behind it. */
export async function causeNodes(books: ProvedBooks, causes: readonly Cause[]): Promise<ProvedNode[]> {
  return Promise.all(causes.map(cause => causeNode(books, cause)))
}

async function causeNode(books: ProvedBooks, { amount, ...cause }: Cause): Promise<ProvedNode> {
  const below = await behind(books, { amount, ...cause })
  return { subject: { type: 'cause', ...cause }, amount, children: [], omitted: 0, remarks: [], ...below }
}

/** What stands below a line. */
export type Below = Partial<Pick<ProvedNode, 'children' | 'omitted' | 'remarks' | 'claims'>>

async function behind(books: ProvedBooks, { from, list, entered, amount }: Cause): Promise<Below> {
  if (from.kind === 'waiting') return waitedBelow(books, from.key, amount)
  const built = await books.built(from.key)
  if (list === 'fees') return allFees(books, built, amount)
  const to = list === 'uses' ? entered : ''
  const part = await books.namedPart(from, built.named!, to)
  const root = part && parsePartLeaf(part.leaf).records
  if (part === undefined || root === undefined) return {}
  return billsBelow(books, await readUseRecords(books, from, to, root, part.value), amount)
}

/** The records of every payee, each payee's by what it billed. */
export async function allFees(books: ProvedBooks, { id, payees }: BuiltFlow, amount: Amount): Promise<Below> {
  const lists = await Promise.all(
    payees.items.map(async payee => {
      const part = shareOf(payees, payee, amount)
      const { account, records } = payee.item
      return billsBelow(books, await readFeeRecords(books, id, account, records, payee.value as Amount), part)
    }),
  )
  return {
    children: lists.flatMap(({ children }) => children ?? []),
    omitted: lists.reduce((sum, { omitted }) => sum + (omitted ?? 0), 0),
  }
}

/** The records of one payee. */
export async function feesBelow(
  books: ProvedBooks,
  { id, payees }: BuiltFlow,
  account: AccountKey,
  amount: Amount,
): Promise<Below> {
  const payee = payees.items.find(({ item }) => item.account === account)!
  const bills = await readFeeRecords(books, id, account, payee.item.records, payee.value as Amount)
  return billsBelow(books, bills, amount)
}

/** Authors' and validators' clocks are never quite the same. */
const clockSkewMs = 10_000

async function billsBelow(books: ProvedBooks, { list, bills }: BillList, amount: Amount): Promise<Below> {
  const kept = new KeptBills(books.billsMax)
  for await (const bill of bills) {
    const part = shareOf(list, bill.item, amount)
    if (part > 0) kept.add(billNode(books, bill, part, await books.claimsOf(bill)))
  }
  return { children: kept.nodes, omitted: list.count - list.items.length + kept.dropped }
}

function billNode(
  books: ProvedBooks,
  { leaf, signed, bill }: WeighedBill,
  amount: Amount,
  claims: readonly ProvedClaim[],
): ProvedNode {
  const late = signed.time > books.trusted.checkpoint.time + clockSkewMs
  const remarks: ProvedRemark[] = late ? ['later-time'] : []
  const subject = { type: 'bill', ref: leaf.ref, action: bill.kind === 'action', fee: leaf.fee } as const
  return { subject, amount, children: [], omitted: 0, remarks, claims }
}

/** The bills of a list that are shown in the end: whatever is remarkable about them, then the largest. */
class KeptBills {
  readonly #max: number
  #nodes: ProvedNode[] = []
  dropped = 0

  constructor(max: number) {
    this.#max = max
  }

  add(node: ProvedNode): void {
    this.#nodes.push(node)
    if (this.#nodes.length >= 2 * this.#max) this.#drop()
  }

  get nodes(): readonly ProvedNode[] {
    this.#drop()
    return this.#nodes
  }

  #drop(): void {
    const tooMany = this.#nodes.length - this.#max
    if (tooMany <= 0) return
    this.#nodes.sort((a, b) => remarkable(b) - remarkable(a) || b.amount - a.amount)
    this.#nodes.length = this.#max
    this.dropped += tooMany
  }
}

const remarkable = ({ remarks, claims = [] }: ProvedNode): number => (remarks.length + claims.length > 0 ? 1 : 0)

async function waitedBelow(books: ProvedBooks, model: RefKey, amount: Amount): Promise<Below> {
  const { named } = await books.waiting(model)
  if (named === undefined) return { remarks: ['waited'] }
  const { ref } = await readAttribution(books, model)
  const child = { subject: { type: 'attribution', ref } as const, amount, children: [], omitted: 0, remarks: [] }
  return { children: [child], remarks: ['waited'] }
}
