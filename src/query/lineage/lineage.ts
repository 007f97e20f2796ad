import { accountKeyText } from '../../../consensus/account.ts'
import type { Ppm } from '../../../consensus/amount.ts'
import type { WeightedKey } from '../../../consensus/ledger/cells/asset.ts'
import { type RefKey, refKeyText } from '../../../consensus/ref.ts'
import type { Lineage, LineageEdge, LineageNode, Relation } from '../../api/schema/lineage.ts'
import type { Store } from '../../store/store.ts'
import type { View } from '../../store/view.ts'
import { assetCells } from '../asset-cells.ts'
import { Catalogue } from '../explain/catalogue.ts'
import type { EpochSpan } from '../explain/epoch-span.ts'
import { MoneyWays } from './money-ways.ts'

/** More than this nobody reads as a graph. */
const nodesMax = 60
/** Epochs whose money one question goes through. */
export const lineageEpochsMax = 1_000

interface Declared {
  readonly to: RefKey
  readonly relation: Relation
  readonly weight: Ppm | null
}

/**
 * What an asset was made from down to the origins, what was made from it as far as money came that way, and the money on each
 * connection over a range of epochs. Undefined where the ref is no asset.
 */
export async function lineageOf(
  store: Store,
  view: View,
  subject: RefKey,
  range: EpochSpan,
): Promise<Lineage | undefined> {
  const catalogue = new Catalogue(store)
  if (catalogue.asset(subject) === undefined) return undefined
  const ways = await MoneyWays.over(store, range)
  const members = await membersOf(view, subject, catalogue, range.signal)
  const below = (ref: RefKey): Declared[] =>
    ref === subject ? [...members, ...declared(catalogue, ref)] : declared(catalogue, ref)
  const { refs, omitted } = reach(subject, ways, ref => below(ref).map(({ to }) => to))
  return {
    subject: refKeyText(subject),
    from: range.from,
    to: range.to,
    nodes: [...refs].map(ref => nodeOf(catalogue, ways, ref)),
    edges: [...refs].flatMap(ref => edgesOf(ref, below(ref), ways, refs)),
    omitted,
  }
}

/** A datanet's contributions and refinements, so many as can be shown; of others there are none. A small one's takes going through all assets. */
async function membersOf(
  view: View,
  subject: RefKey,
  catalogue: Catalogue,
  signal: AbortSignal | undefined,
): Promise<Declared[]> {
  const members: Declared[] = []
  if (catalogue.asset(subject)?.kind !== 'datanet') return members
  for await (const [ref, cell] of assetCells(view)) {
    signal?.throwIfAborted()
    if ('datanet' in cell && cell.datanet === subject) members.push({ to: ref, relation: 'member', weight: null })
    if (members.length === 2 * nodesMax) break
  }
  return members
}

/** What an asset says that it was made from. */
function declared(catalogue: Catalogue, ref: RefKey): Declared[] {
  const cell = catalogue.asset(ref)
  const as = (relation: Relation, list: readonly WeightedKey[]): Declared[] =>
    list.map(([to, weight]) => ({ to, relation, weight }))
  if (cell?.kind === 'refinement') return as('parent', cell.parents)
  if (cell?.kind === 'model' || cell?.kind === 'agent') return [...as('base', cell.bases), ...as('data', cell.data)]
  return []
}

/** Everything above by money, then everything below by declaration and by money; each the nearest first. */
function reach(
  subject: RefKey,
  ways: MoneyWays,
  declaredBelow: (ref: RefKey) => RefKey[],
): { refs: Set<RefKey>; omitted: number } {
  const refs = new Set([subject])
  const beyond = new Set<RefKey>()
  const walk = (next: (ref: RefKey) => Iterable<RefKey>): void => {
    const seen = new Set([subject])
    const queue = [subject]
    for (let ref = queue.shift(); ref !== undefined; ref = queue.shift()) {
      for (const found of next(ref)) {
        if (seen.size === seen.add(found).size) continue
        if (refs.size === nodesMax && !refs.has(found)) beyond.add(found)
        else {
          refs.add(found)
          queue.push(found)
        }
      }
    }
  }
  walk(ref => ways.above(ref))
  walk(ref => [...declaredBelow(ref), ...Array.from(ways.below(ref), ({ to }) => to)])
  return { refs, omitted: beyond.size }
}

function nodeOf(catalogue: Catalogue, ways: MoneyWays, ref: RefKey): LineageNode {
  const { kind, owner } = catalogue.asset(ref)!
  const name = catalogue.name(ref)
  return {
    ref: refKeyText(ref),
    kind,
    name,
    owner: accountKeyText(owner),
    received: ways.received(ref),
    paid: ways.paid(ref),
  }
}

function edgesOf(from: RefKey, below: readonly Declared[], ways: MoneyWays, refs: ReadonlySet<RefKey>): LineageEdge[] {
  const edges: LineageEdge[] = []
  const known = new Set<RefKey>()
  const push = (to: RefKey, edge: Pick<LineageEdge, 'relation' | 'weight' | 'amount'>): void => {
    if (refs.has(to)) edges.push({ from: refKeyText(from), to: refKeyText(to), ...edge })
  }
  for (const { to, relation, weight } of below) {
    // A model may have the same asset in two lists: the money is told once.
    push(to, { relation, weight, amount: known.has(to) ? 0 : ways.flowed(from, to) })
    known.add(to)
  }
  for (const { to, type, amount } of ways.below(from)) {
    if (type === 'origin') push(to, { relation: 'origin', weight: null, amount })
    else if (!known.has(to)) push(to, { relation: 'named', weight: null, amount })
  }
  return edges
}
