import type { AccountKey } from '../../account.ts'
import { type Amount, addAmounts, ppmWhole, splitPpm } from '../../amount.ts'
import type { RefKey } from '../../ref.ts'
import type { ModelCell } from '../cells/asset.ts'
import { Descent } from './descent.ts'
import type { Earner } from './fees.ts'
import { type DividedList, divideList, type FlowId, type FlowList, type Inbound } from './flow.ts'
import { type Routing, sumOf } from './routing.ts'

/** What the builders' stage knows of a model or agent; the data stage adds to it and makes the flow. */
export interface BuilderFlow {
  readonly id: FlowId
  readonly inbound: readonly Inbound[]
  readonly bases: FlowList | undefined
}

/** F2: agents, then models by descending height, ties by ref: owner's part, and the rest to the bases by weight. */
export function routeBuilders(routing: Routing, earners: readonly Earner[]): Map<RefKey, BuilderFlow> {
  const own = new Map<RefKey, Amount>()
  const inbound = new Map<RefKey, Inbound[]>()
  const agents = new Descent()
  const models = new Descent()
  for (const { id, cell, builder } of earners) {
    own.set(id.key, builder)
    ;(cell.kind === 'agent' ? agents : models).add(id.key, cell.height)
  }
  const flows = new Map<RefKey, BuilderFlow>()
  const visit = (ref: RefKey): void => {
    const cell = routing.model(ref)
    const id: FlowId = { kind: cell.kind, key: ref }
    const lines = inbound.get(ref) ?? []
    const amount = addAmounts(own.get(ref) ?? 0, sumOf(lines))
    // F2: one cheap inference must not walk down to millions of models.
    const pastBases = models.size >= routing.params.maxFlowAssets
    const bases = payBuilder(routing, id, splitBuilder(cell, amount, pastBases), cell.owner, (base, amount) => {
      const line: Inbound = { from: id, list: 'bases', amount }
      const known = inbound.get(base)
      if (known === undefined) inbound.set(base, [line])
      else known.push(line)
      models.add(base, routing.model(base).height)
    })
    flows.set(ref, { id, inbound: lines, bases })
  }
  agents.run(visit)
  models.run(visit)
  return flows
}

function payBuilder(
  routing: Routing,
  id: FlowId,
  { forOwner, bases, forTreasury }: BuilderSplit,
  owner: AccountKey,
  toBase: (base: RefKey, amount: Amount) => void,
): FlowList | undefined {
  routing.payouts.add(owner, 'builder', id.key, forOwner)
  routing.toTreasury(forTreasury)
  bases?.list.parts.forEach(({ to }, i) => {
    if (bases.amounts[i]! > 0) toBase(to, bases.amounts[i]!)
  })
  return bases?.list
}

/** F2: where B of one model or agent goes. */
export interface BuilderSplit {
  readonly forOwner: Amount
  readonly bases: DividedList | undefined
  readonly forTreasury: Amount
}

/**
 * F2: `divide(B, [10^6 − baseShare, baseShare])`: the owner's part is the one that is rounded down. Without bases all of it is the
 * owner's. `pastBases` where so many models have money already that no further ones are looked up: then the bases' part is the
 * treasury's, so that nobody gains by crowding others out.
 */
export function splitBuilder(cell: ModelCell, amount: Amount, pastBases: boolean): BuilderSplit {
  if (cell.bases.length === 0) return { forOwner: amount, bases: undefined, forTreasury: 0 }
  const [forOwner, forBases] = splitPpm(amount, ppmWhole - cell.baseShare)
  if (pastBases) return { forOwner, bases: undefined, forTreasury: forBases }
  const parts = cell.bases.map(([to, weight]) => ({ to, weight }))
  return { forOwner, bases: divideList('bases', forBases, parts), forTreasury: 0 }
}
