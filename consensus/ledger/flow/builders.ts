import { type Amount, addAmounts, divide, splitPpm } from '../../amount.ts'
import type { RefKey } from '../../ref.ts'
import type { ModelCell } from '../cells/asset.ts'
import { Descent } from './descent.ts'
import type { Earner } from './fees.ts'
import type { FlowId, FlowList, Inbound } from './flow.ts'
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
    const bases = payBuilder(routing, id, cell, addAmounts(own.get(ref) ?? 0, sumOf(lines)), (base, amount) => {
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
  cell: ModelCell,
  amount: Amount,
  toBase: (base: RefKey, amount: Amount) => void,
): FlowList | undefined {
  if (cell.bases.length === 0) {
    routing.payouts.add(cell.owner, 'builder', id.key, amount)
    return undefined
  }
  const [forBases, forOwner] = splitOwnerFirst(amount, cell)
  routing.payouts.add(cell.owner, 'builder', id.key, forOwner)
  const parts = divide(
    forBases,
    cell.bases.map(([, weight]) => weight),
  )
  cell.bases.forEach(([base], i) => {
    if (parts[i]! > 0) toBase(base, parts[i]!)
  })
  return { name: 'bases', amount: forBases, parts: cell.bases.map(([to, weight]) => ({ to, weight })) }
}

/** `divide(B, [10^6 − baseShare, baseShare])`: the owner's part is the one that is rounded down. */
function splitOwnerFirst(amount: Amount, cell: ModelCell): [forBases: Amount, forOwner: Amount] {
  const [forOwner, forBases] = splitPpm(amount, 1_000_000 - cell.baseShare)
  return [forBases, forOwner]
}
