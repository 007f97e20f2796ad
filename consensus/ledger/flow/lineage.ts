import { type Amount, addAmounts, divide, ppmWhole, splitPpm } from '../../amount.ts'
import type { RefKey } from '../../ref.ts'
import { type ContributionCell, heightOf, type RefinementCell, type WeightedKey } from '../cells/asset.ts'
import { Descent } from './descent.ts'
import type { FlowId, FlowList, FlowPart } from './flow.ts'
import { type Routing, sumOf } from './routing.ts'

/** F4: assets by descending height, ties by ref: origins first, then owner, refiner, and the rest to the parents. */
export function routeLineage(routing: Routing): void {
  const descent = new Descent()
  for (const ref of routing.inflow.keys()) descent.add(ref, heightOf(routing.data(ref)))
  descent.run(ref => {
    const inbound = routing.inflow.get(ref)!
    const amount = sumOf(inbound)
    const cell = routing.data(ref)
    const id: FlowId = { kind: 'asset', key: ref }
    const lists =
      cell.kind === 'contribution'
        ? payOrigin(routing, ref, cell, amount)
        : payRefinement(routing, descent, id, cell, amount)
    routing.flows.push({ ...id, payees: [], inbound, lists })
  })
}

function payOrigin(routing: Routing, ref: RefKey, cell: ContributionCell, amount: Amount): FlowList[] {
  const datanet = routing.datanet(cell.datanet)
  const [owners, rest] = splitPpm(amount, datanet.ownerShare)
  routing.payouts.add(datanet.owner, 'owner', ref, owners)
  routing.payouts.add(cell.owner, 'origin', ref, rest)
  return []
}

function payRefinement(
  routing: Routing,
  descent: Descent,
  id: FlowId,
  cell: RefinementCell,
  amount: Amount,
): FlowList[] {
  const datanet = routing.datanet(cell.datanet)
  // F6: the origins' part is taken before anybody else's, however many layers lie on top.
  const [originPart, afterOrigins] = splitPpm(amount, cell.originShare)
  const origins = payOrigins(routing, id, cell, originPart)
  const [ownerPart, afterOwner] = splitPpm(afterOrigins, datanet.ownerShare)
  routing.payouts.add(datanet.owner, 'owner', id.key, ownerPart)
  const [refinerPart, rest] = splitPpm(afterOwner, datanet.refinerShare)
  routing.payouts.add(cell.owner, 'refiner', id.key, refinerPart)
  return [origins.list, ...payParents(routing, descent, id, cell, addAmounts(rest, origins.missing))]
}

function payOrigins(
  routing: Routing,
  id: FlowId,
  cell: RefinementCell,
  amount: Amount,
): { list: FlowList; missing: Amount } {
  const kept = cell.origins.reduce((sum, [, weight]) => sum + weight, 0)
  const parts: FlowPart[] = [...cell.origins.map(toPart), { to: '', weight: ppmWhole - kept }]
  const amounts = divide(
    amount,
    parts.map(part => part.weight),
  )
  payOriginOwners(routing, id, cell, amounts)
  return { list: { name: 'origins', amount, parts }, missing: amounts[cell.origins.length]! }
}

/** The origin part goes straight to the owners of the origins, past their datanets. */
function payOriginOwners(routing: Routing, id: FlowId, cell: RefinementCell, amounts: readonly Amount[]): void {
  cell.origins.forEach(([origin], i) => {
    if (amounts[i]! > 0) routing.payouts.add(routing.data(origin).owner, 'origin', id.key, amounts[i]!)
  })
}

function payParents(routing: Routing, descent: Descent, id: FlowId, cell: RefinementCell, amount: Amount): FlowList[] {
  if (amount === 0) return []
  // F4: bounds the work of an epoch; from here on the kept origins stand for the lineage between.
  if (descent.size >= routing.params.maxFlowAssets && cell.origins.length > 0) {
    const amounts = divide(
      amount,
      cell.origins.map(([, weight]) => weight),
    )
    payOriginOwners(routing, id, cell, amounts)
    return [{ name: 'parents', amount, parts: cell.origins.map(toPart) }]
  }
  const amounts = divide(
    amount,
    cell.parents.map(([, weight]) => weight),
  )
  cell.parents.forEach(([parent], i) => {
    if (amounts[i]! === 0) return
    routing.toAsset(parent, id, 'parents', amounts[i]!)
    descent.add(parent, heightOf(routing.data(parent)))
  })
  return [{ name: 'parents', amount, parts: cell.parents.map(toPart) }]
}

const toPart = ([to, weight]: WeightedKey): FlowPart => ({ to, weight })
