import type { Amount } from '../../amount.ts'
import type { DividedList, FlowId } from '../../ledger/flow/flow.ts'
import { mismatch } from '../../merkle/proof-error.ts'
import type { InboundLeaf } from './leaves.ts'
import { flowText, type ProvedBooks } from './proved-books.ts'
import type { NamedList } from './proved-flow.ts'

/**
 * A line into a flow is what the flow that it comes from sends there: proves the one above and recomputes its division. Throws
 * ProofError. The prices of bytes, which authors pay straight to the pool, come from no flow.
 */
export async function checkInbound(books: ProvedBooks, to: FlowId, line: InboundLeaf, amount: Amount): Promise<void> {
  const sent = await sentBy(books, to, line)
  if (sent === undefined || sent.includes(amount)) return
  const what = `${line.list} of ${flowText(line.from)} to ${flowText(to)}`
  throw mismatch('division', what, sent.join(' or ') || 'nothing', amount)
}

/** The amounts that may have been sent; undefined where nothing is known of it. */
async function sentBy(books: ProvedBooks, to: FlowId, { from, list }: InboundLeaf): Promise<Amount[] | undefined> {
  switch (list) {
    case 'fees':
      return sentFees(books, to, from)
    case 'bases':
      return to.kind === 'model' ? amountsOf((await builtAt(books, from)).bases, to) : []
    case 'unnamed':
      return to.kind === 'asset' ? amountsOf((await source(books, from)).unnamed, to) : []
    case 'uses':
    case 'attribution': {
      const { named } = await source(books, from)
      return to.kind === 'asset' && named?.list.name === list ? sentNamed(books, from, named, to) : []
    }
    case 'parents': {
      if (from.kind !== 'asset' || to.kind !== 'asset') return []
      const { splits } = await books.lineage(from.key)
      return splits.flatMap(({ parents }) => (parents?.toOrigins ? [] : amountsOf(parents, to)))
    }
    // The origin part and the operators' go to accounts.
    default:
      return []
  }
}

/** F1: a line for each payee into the pool; all of D into what waits. */
async function sentFees(books: ProvedBooks, to: FlowId, from: FlowId): Promise<Amount[] | undefined> {
  if (to.kind === 'operators' && from.kind === 'operators') return undefined
  const { fees, data } = await builtAt(books, from)
  if (to.kind === 'operators') return fees.map(([operators]) => operators)
  return to.kind === 'waiting' && to.key === from.key ? [data] : []
}

async function sentNamed(books: ProvedBooks, from: FlowId, named: NamedList, to: FlowId): Promise<Amount[]> {
  const part = await books.namedPart(from, named, to.key)
  return part === undefined ? [] : [part.amount]
}

async function builtAt(books: ProvedBooks, from: FlowId) {
  const built = await books.built(from.key)
  if (built.id.kind !== from.kind) throw mismatch('record', flowText(from), built.id.kind, from.kind)
  return built
}

function source(books: ProvedBooks, from: FlowId) {
  return from.kind === 'waiting' ? books.waiting(from.key) : builtAt(books, from)
}

function amountsOf(divided: DividedList | undefined, { key }: FlowId): Amount[] {
  return divided?.list.parts.flatMap((part, i) => (part.to === key ? [divided.amounts[i]!] : [])) ?? []
}
