import { type Amount, addAmounts, ppmWhole, splitPpm } from '../../amount.ts'
import type { RefKey } from '../../ref.ts'
import { type DataCell, type DatanetCell, heightOf, type RefinementCell, type WeightedKey } from '../cells/asset.ts'
import { Descent } from './descent.ts'
import { type DividedList, divideList, type FlowId, type FlowList, type FlowPart } from './flow.ts'
import { type Routing, sumOf } from './routing.ts'

/** F4: assets by descending height, ties by ref: origins first, then owner, refiner, and the rest to the parents. */
export function routeLineage(routing: Routing): void {
  const descent = new Descent()
  for (const ref of routing.inflow.keys()) descent.add(ref, heightOf(routing.data(ref)))
  descent.run(ref => {
    const inbound = routing.inflow.get(ref)!
    const lists = payAsset(routing, descent, { kind: 'asset', key: ref }, sumOf(inbound))
    routing.flows.push({ kind: 'asset', key: ref, payees: [], inbound, lists })
  })
}

function payAsset(routing: Routing, descent: Descent, id: FlowId, amount: Amount): FlowList[] {
  const cell = routing.data(id.key)
  const datanet = routing.datanet(cell.datanet)
  // F4: bounds the work of an epoch; from here on the kept origins stand for the lineage between, or the treasury where none is kept.
  const pastParents = descent.size >= routing.params.maxFlowAssets
  const { forDatanet, forOwner, origins, parents, forTreasury } = splitLineage(cell, datanet, amount, pastParents)
  if (origins !== undefined) payOriginOwners(routing, id, origins)
  routing.payouts.add(datanet.owner, 'owner', id.key, forDatanet)
  routing.payouts.add(cell.owner, cell.kind === 'contribution' ? 'origin' : 'refiner', id.key, forOwner)
  if (parents?.toOrigins) payOriginOwners(routing, id, parents)
  else if (parents !== undefined) payParents(routing, descent, id, parents)
  routing.toTreasury(forTreasury)
  return [origins, parents].flatMap(part => part?.list ?? [])
}

/** The origin part goes straight to the owners of the origins, past their datanets. */
function payOriginOwners(routing: Routing, id: FlowId, { list, amounts }: DividedList): void {
  list.parts.forEach(({ to }, i) => {
    if (to !== missing && amounts[i]! > 0) routing.payouts.add(routing.data(to).owner, 'origin', id.key, amounts[i]!)
  })
}

function payParents(routing: Routing, descent: Descent, id: FlowId, { list, amounts }: DividedList): void {
  list.parts.forEach(({ to: parent }, i) => {
    if (amounts[i]! === 0) return
    routing.toAsset(parent, id, 'parents', amounts[i]!)
    descent.add(parent, heightOf(routing.data(parent)))
  })
}

/** The part of `origins` whose weight isn't kept; it belongs to the parents. */
const missing: RefKey = ''

/** F4: where the inflow of one asset goes. */
export interface LineageSplit {
  /** To the owner of its datanet. */
  readonly forDatanet: Amount
  /** To its own owner, as the origin or the refiner. */
  readonly forOwner: Amount
  /** Of a refinement: what its origins' owners get before anybody else. */
  readonly origins: DividedList | undefined
  /** Of a refinement: the last rest, if there is one. */
  readonly parents: RestList | undefined
  /** The last rest, where neither parents nor origins may have it. */
  readonly forTreasury: Amount
}

type RestList = DividedList & { readonly toOrigins: boolean }

/**
 * F4 for one asset; `pastParents` where so many assets have inflow already that no further ones are looked up. Then the kept origins
 * stand in for the parents. Layers on layers of many parents each keep none in the end: what is built on them belongs to the treasury
 * then, or one cheap inference would walk down however many there are.
 */
export function splitLineage(cell: DataCell, datanet: DatanetCell, inflow: Amount, pastParents: boolean): LineageSplit {
  if (cell.kind === 'contribution') {
    const [forDatanet, forOwner] = splitPpm(inflow, datanet.ownerShare)
    return { forDatanet, forOwner, origins: undefined, parents: undefined, forTreasury: 0 }
  }
  // F6: the origins' part is taken before anybody else's, however many layers lie on top.
  const [originPart, afterOrigins] = splitPpm(inflow, cell.originShare)
  const origins = divideOrigins(cell, originPart)
  const [forDatanet, afterDatanet] = splitPpm(afterOrigins, datanet.ownerShare)
  const [forOwner, rest] = splitPpm(afterDatanet, datanet.refinerShare)
  const last = addAmounts(rest, origins.amounts.at(-1)!)
  if (pastParents && cell.origins.length === 0) {
    return { forDatanet, forOwner, origins, parents: undefined, forTreasury: last }
  }
  return { forDatanet, forOwner, origins, parents: divideRest(cell, last, pastParents), forTreasury: 0 }
}

function divideOrigins(cell: RefinementCell, amount: Amount): DividedList {
  const kept = cell.origins.reduce((sum, [, weight]) => sum + weight, 0)
  return divideList('origins', amount, [...cell.origins.map(toPart), { to: missing, weight: ppmWhole - kept }])
}

function divideRest(cell: RefinementCell, amount: Amount, toOrigins: boolean): RestList | undefined {
  if (amount === 0) return undefined
  return { ...divideList('parents', amount, (toOrigins ? cell.origins : cell.parents).map(toPart)), toOrigins }
}

const toPart = ([to, weight]: WeightedKey): FlowPart => ({ to, weight })
