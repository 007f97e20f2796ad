import { add, divide, MILLION, split, sum } from './amount.ts'
import type { Epoch, Named, PaidRecord } from './epoch.ts'
import { refOrder, sortedBy } from './names.ts'
import type { Account, Ref } from './records.ts'
import { earn, settleStakes } from './stake.ts'
import { type AssetState, type BuilderState, missingWeight, type State } from './state.ts'

export type Role = 'executor' | 'builder' | 'owner' | 'origin' | 'refiner' | 'operator' | 'delegator'

/** Money that reaches an account; `source` is what paid it directly. */
export interface CreditLine {
  readonly account: Account
  readonly role: Role
  readonly source: Ref | Account
  readonly amount: bigint
}

/** The money of one epoch on its way. */
interface Flow {
  readonly credits: CreditLine[]
  readonly inflow: Map<Ref, bigint>
  pool: bigint
}

/** Routes all that was paid in the epoch; what belongs to nobody goes to the treasury, the rest is returned. */
export function routeFees(state: State, epoch: Epoch): CreditLine[] {
  const flow: Flow = { credits: [], inflow: new Map(), pool: 0n }
  const { builders, data } = splitFees(state, epoch.paid, flow)
  routeBuilders(state, builders, flow)
  routeData(state, epoch, data, flow)
  routeLineage(state, flow)
  routeOperators(state, flow)
  settleStakes(state, epoch, line => flow.credits.push(line))
  return flow.credits.filter(line => line.amount > 0n)
}

/** F1: per model or agent and payee, the sum of fees is divided once. */
function splitFees(state: State, paid: readonly PaidRecord[], flow: Flow) {
  const builders = new Map<Ref, bigint>()
  const data = new Map<Ref, bigint>()
  for (const [ref, records] of Map.groupBy(paid, record => record.builder.ref)) {
    for (const [payee, its] of Map.groupBy(records, record => record.payee)) {
      const isModel = its[0]?.builder.kind === 'model'
      const shares = isModel ? state.params.inferenceShares : state.params.actionShares
      const fees = sum(its.map(record => record.fee))
      const [operators = 0n, executor = 0n, builder = 0n, rest = 0n] = divide(fees, shares.map(BigInt))
      flow.pool += operators
      flow.credits.push({ account: payee, role: 'executor', source: ref, amount: executor })
      add(builders, ref, builder)
      add(data, ref, rest)
    }
  }
  return { builders, data }
}

/** F2: from the top of the tree of bases down, so that each one's money is complete when its turn comes. */
function routeBuilders(state: State, money: Map<Ref, bigint>, flow: Flow): void {
  const byRef = sortedBy([...state.builders.values()], ({ ref }) => refOrder(ref))
  const ranked = byRef.toSorted((a, b) => rank(b) - rank(a))
  for (const builder of ranked) {
    const amount = money.get(builder.ref) ?? 0n
    const [based, own] = builder.bases.length === 0 ? [0n, amount] : splitOwnFirst(amount, builder.baseShare)
    flow.credits.push({ account: builder.owner, role: 'builder', source: builder.ref, amount: own })
    if (based === 0n) continue
    if (modelsWithMoney(state, money) >= state.params.maxFlowAssets) state.treasury += based
    else divideAmong(based, builder.bases, money)
  }
}

/** Those that fees or models above have come to so far; agents are none. */
function modelsWithMoney(state: State, money: ReadonlyMap<Ref, bigint>): number {
  return [...money.keys()].filter(ref => state.builders.get(ref)?.kind === 'model').length
}

const rank = (builder: BuilderState): number => (builder.kind === 'agent' ? Number.MAX_SAFE_INTEGER : builder.height)

function splitOwnFirst(amount: bigint, baseShare: bigint): [based: bigint, own: bigint] {
  const [own, based] = split(amount, MILLION - baseShare)
  return [based, own]
}

function divideAmong(amount: bigint, parts: readonly (readonly [Ref, bigint])[], into: Map<Ref, bigint>): void {
  const amounts = divide(
    amount,
    parts.map(([, weight]) => weight),
  )
  for (const [i, [ref]] of parts.entries()) addSome(into, ref, amounts[i] ?? 0n)
}

/** What gets nothing has no inflow, and F4 counts assets with inflow. */
function addSome(into: Map<Ref, bigint>, ref: Ref, amount: bigint): void {
  if (amount > 0n) add(into, ref, amount)
}

/** F3: what was named goes to assets; silence feeds the declared assets or the treasury. */
function routeData(state: State, epoch: Epoch, data: ReadonlyMap<Ref, bigint>, flow: Flow): void {
  for (const builder of state.builders.values()) {
    const fresh = data.get(builder.ref) ?? 0n
    if (builder.attributor !== undefined) {
      releaseWaiting(state, epoch, builder, flow)
      if (builder.waiting === 0n) builder.waitingSince = epoch.number
      builder.waiting += fresh
    } else if (fresh > 0n) {
      const paid = epoch.paid.filter(record => record.builder === builder)
      routeNamed(
        state,
        builder,
        fresh,
        paid.map(({ fee, named }) => ({ fee, named })),
        flow,
      )
    }
  }
}

function releaseWaiting(state: State, epoch: Epoch, model: BuilderState, flow: Flow): void {
  if (model.waiting === 0n) return
  const attributed = epoch.attributions.get(model.ref)
  if (attributed !== undefined) routeNamed(state, model, model.waiting, [{ fee: 1n, named: attributed }], flow)
  else if (epoch.number - model.waitingSince >= state.params.attributionWindow) {
    routeUnnamed(state, model, model.waiting, flow)
  } else return
  model.waiting = 0n
}

function routeNamed(
  state: State,
  builder: BuilderState,
  amount: bigint,
  claims: readonly { readonly fee: bigint; readonly named: Named }[],
  flow: Flow,
): void {
  const weights = new Map<Ref, bigint>()
  for (const { fee, named } of claims) {
    for (const [ref, weight] of named.assets) add(weights, ref, fee * weight)
  }
  const assets = sortedBy(weights, ([ref]) => refOrder(ref))
  const unnamedWeight = sum(claims.map(({ fee, named }) => fee * named.unnamed))
  const [unnamed = 0n, ...parts] = divide(amount, [unnamedWeight, ...assets.map(([, weight]) => weight)])
  for (const [i, [ref]] of assets.entries()) addSome(flow.inflow, ref, parts[i] ?? 0n)
  routeUnnamed(state, builder, unnamed, flow)
}

function routeUnnamed(state: State, builder: BuilderState, amount: bigint, flow: Flow): void {
  if (builder.data.length === 0) {
    state.treasury += amount
    return
  }
  const declared = new Map<Ref, bigint>()
  divideAmong(amount, builder.data, declared)
  for (const [ref, part] of declared) {
    if (state.assets.has(ref)) add(flow.inflow, ref, part)
    else state.treasury += part
  }
}

/** F4: from the highest refinement down to the origins, so that each asset's inflow is complete when its turn comes. */
function routeLineage(state: State, flow: Flow): void {
  const waiting = new Set(flow.inflow.keys())
  while (waiting.size > 0) {
    const assets = [...waiting].flatMap(ref => state.assets.get(ref) ?? [])
    const height = Math.max(...assets.map(asset => asset.height))
    const top = assets.filter(asset => asset.height === height)
    for (const asset of sortedBy(top, ({ ref }) => refOrder(ref))) {
      routeAsset(state, asset, flow)
      waiting.delete(asset.ref)
      for (const [parent] of asset.parents) if (flow.inflow.has(parent)) waiting.add(parent)
    }
  }
}

function routeAsset(state: State, asset: AssetState, flow: Flow): void {
  const inflow = flow.inflow.get(asset.ref) ?? 0n
  if (inflow === 0n) return
  const pay = (account: Account, role: Role, amount: bigint) =>
    flow.credits.push({ account, role, source: asset.ref, amount })
  if (asset.height === 0) {
    const [owners, own] = split(inflow, asset.datanet.ownerShare)
    pay(asset.datanet.owner, 'owner', owners)
    pay(asset.owner, 'origin', own)
    return
  }
  const [originPart, afterOrigins] = split(inflow, BigInt(asset.originShare))
  const missing = payOrigins(state, asset, originPart, pay)
  const [owners, afterOwner] = split(afterOrigins, asset.datanet.ownerShare)
  pay(asset.datanet.owner, 'owner', owners)
  const [refiners, rest] = split(afterOwner, asset.datanet.refinerShare)
  pay(asset.owner, 'refiner', refiners)
  const parentsPart = rest + missing
  if (parentsPart === 0n) return
  const crowded = flow.inflow.size >= state.params.maxFlowAssets
  if (!crowded) divideAmong(parentsPart, asset.parents, flow.inflow)
  else if (asset.origins.length > 0) payKeptOrigins(state, asset, parentsPart, pay)
  else state.treasury += parentsPart
}

type Pay = (account: Account, role: Role, amount: bigint) => void

/** The missing weight stands last; its part is returned. */
function payOrigins(state: State, asset: AssetState, amount: bigint, pay: Pay): bigint {
  const weights = asset.origins.map(([, weight]) => weight)
  const parts = divide(amount, [...weights, missingWeight(asset)])
  for (const [i, [ref]] of asset.origins.entries()) pay(ownerOf(state, ref), 'origin', parts[i] ?? 0n)
  return parts.at(-1) ?? 0n
}

function payKeptOrigins(state: State, asset: AssetState, amount: bigint, pay: Pay): void {
  const parts = divide(
    amount,
    asset.origins.map(([, weight]) => weight),
  )
  for (const [i, [ref]] of asset.origins.entries()) pay(ownerOf(state, ref), 'origin', parts[i] ?? 0n)
}

function ownerOf(state: State, ref: Ref): Account {
  const asset = state.assets.get(ref)
  if (asset === undefined) throw new Error(`asset: ${ref} earns but doesn't exist`)
  return asset.owner
}

/** F5: what isn't commission accrues to the stake; where there is none, all of it is the operator's. */
function routeOperators(state: State, flow: Flow): void {
  if (flow.pool === 0n) return
  const { previous } = state.sets
  const parts = divide(
    flow.pool,
    previous.map(({ stake }) => stake),
  )
  for (const [i, { account }] of previous.entries()) {
    const validator = state.validators.get(account)
    if (validator === undefined) throw new Error(`validator: ${account} was in office but doesn't exist`)
    const part = parts[i] ?? 0n
    const [commission, rest] = validator.bonded === 0n ? [part, 0n] : split(part, validator.commission)
    flow.credits.push({ account, role: 'operator', source: account, amount: commission })
    if (rest > 0n) earn(validator, rest)
  }
}
