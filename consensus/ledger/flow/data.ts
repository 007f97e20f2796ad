import { type Amount, addAmounts } from '../../amount.ts'
import { compareKeys } from '../../bytes.ts'
import type { Crypto } from '../../crypto.ts'
import { InvariantError } from '../../errors.ts'
import type { RefKey } from '../../ref.ts'
import { isData, type ModelCell } from '../cells/asset.ts'
import type { WaitingCell } from '../cells/waiting.ts'
import type { Attribution } from '../paid-record.ts'
import type { Earner } from './fees.ts'
import {
  type DividedList,
  divideList,
  type Flow,
  type FlowId,
  type FlowList,
  type FlowPart,
  type ListName,
} from './flow.ts'
import type { Routing } from './routing.ts'
import { Reach, tallyUses } from './uses.ts'

/** F3: divides D of a model or agent among the assets its records name and what is unnamed. */
export function routeData(crypto: Crypto, routing: Routing, earner: Earner): FlowList[] {
  if (earner.data === 0) return []
  const reach = new Reach(routing.opening, earner.cell)
  const parts = tallyUses(crypto, reach, earner.records, earner.leaves)
  return divideNamed(routing, earner.id, earner.cell, 'uses', earner.data, parts)
}

/** What waits and isn't attributed in its window is treated as unnamed; what is attributed is divided by the attributor. */
export interface WaitingMove {
  readonly model: RefKey
  readonly opening: WaitingCell | undefined
  /** D of this epoch. */
  readonly added: Amount
  /** How much of the opening amount left. */
  readonly routed: Amount
}

/** F3 with an attributor: D waits in the model's cell; `attribution`, or the end of the window, routes what waited at the opening. */
export function routeWaiting(
  routing: Routing,
  earners: readonly Earner[],
  attributions: readonly Attribution[],
  lapsed: Iterable<RefKey>,
): WaitingMove[] {
  const added = new Map<RefKey, Amount>()
  for (const { id, cell, data } of earners) if (cell.attributor !== null && data > 0) added.set(id.key, data)
  const attributed = new Map(attributions.map(attribution => [attribution.model, attribution]))
  const lapsedModels = new Set(lapsed)
  const models = new Set([...added.keys(), ...attributed.keys(), ...lapsedModels])
  return [...models].sort(compareKeys).map(model => {
    const opening = routing.opening.waiting(model)
    const attribution = attributed.get(model)
    const routes = attribution !== undefined || lapsedModels.has(model)
    const lists = routes ? routeWaited(routing, model, opening, attribution) : []
    const incoming = added.get(model) ?? 0
    const id: FlowId = { kind: 'waiting', key: model }
    const inbound: Flow['inbound'] =
      incoming > 0 ? [{ from: { kind: 'model', key: model }, list: 'fees', amount: incoming }] : []
    routing.flows.push({ ...id, payees: [], inbound, lists })
    return { model, opening, added: incoming, routed: routes ? opening!.amount : 0 }
  })
}

function routeWaited(
  routing: Routing,
  model: RefKey,
  opening: WaitingCell | undefined,
  attribution: Attribution | undefined,
): FlowList[] {
  if (opening === undefined) throw new InvariantError('F3', 'an attribution where nothing waited')
  const id: FlowId = { kind: 'waiting', key: model }
  const cell = routing.model(model)
  if (attribution === undefined) return routeUnnamed(routing, id, cell, opening.amount)
  const parts = tallyAttribution(new Reach(routing.opening, cell), attribution)
  return divideNamed(routing, id, cell, 'attribution', opening.amount, parts)
}

/** An attribution's weights: what it can't name first, then assets by ref. */
function tallyAttribution(reach: Reach, { uses }: Attribution): FlowPart[] {
  let unnamed = 0
  const named: FlowPart[] = []
  uses.assets.forEach((to, i) => {
    const weight = uses.weights[i]!
    if (reach.names(to)) named.push({ to, weight })
    else unnamed += weight
  })
  named.sort((a, b) => compareKeys(a.to, b.to))
  return [{ to: '', weight: unnamed }, ...named]
}

function divideNamed(
  routing: Routing,
  id: FlowId,
  cell: ModelCell,
  name: ListName,
  amount: Amount,
  parts: readonly FlowPart[],
): FlowList[] {
  const { list, amounts } = divideList(name, amount, parts)
  for (let i = 1; i < parts.length; i++) routing.toAsset(parts[i]!.to, id, name, amounts[i]!)
  // Unnamed money never mixes with named: it has its own list.
  return [list, ...routeUnnamed(routing, id, cell, amounts[0]!)]
}

function routeUnnamed(routing: Routing, id: FlowId, cell: ModelCell, amount: Amount): FlowList[] {
  if (amount === 0) return []
  const unnamed = divideUnnamed(cell, amount)
  if (unnamed === undefined) {
    routing.toTreasury(amount)
    return []
  }
  const { list, amounts } = unnamed
  let toTreasury = 0
  list.parts.forEach(({ to }, i) => {
    const declared = routing.assets.asset(to)
    if (declared !== undefined && isData(declared)) routing.toAsset(to, id, 'unnamed', amounts[i]!)
    else toTreasury = addAmounts(toTreasury, amounts[i]!)
  })
  routing.toTreasury(toTreasury)
  return [list]
}

/**
 * F3: unnamed money goes to the model's declared assets by weight, and the weight of datanets to the treasury; undefined where nothing
 * is declared, and the treasury has all.
 */
export function divideUnnamed(cell: ModelCell, amount: Amount): DividedList | undefined {
  if (cell.data.length === 0) return undefined
  const parts = cell.data.map(([to, weight]) => ({ to, weight }))
  return divideList('unnamed', amount, parts)
}
