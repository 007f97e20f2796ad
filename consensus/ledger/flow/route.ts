import type { AccountKey } from '../../account.ts'
import { type Amount, addAmounts } from '../../amount.ts'
import type { Crypto } from '../../crypto.ts'
import { InvariantError } from '../../errors.ts'
import type { Epoch, StakeMove } from '../author-view.ts'
import { duePrefix, refOfDueKey } from '../cells/due.ts'
import type { ClosingState } from '../closing-state.ts'
import type { Collected } from '../collected.ts'
import type { OpeningState } from '../opening-state.ts'
import type { ClosingValidators } from '../stake/closing-validators.ts'
import { settlePosition } from '../stake/settlement.ts'
import { type BuilderFlow, routeBuilders } from './builders.ts'
import { compareFlows } from './commitment.ts'
import { routeData, routeWaiting, type WaitingMove } from './data.ts'
import { type Earner, routeFees } from './fees.ts'
import type { Flow } from './flow.ts'
import { routeLineage } from './lineage.ts'
import { routeOperators } from './operators.ts'
import type { Payout } from './payouts.ts'
import { Routing } from './routing.ts'

/** Where the money of an epoch went. */
export interface RoutedEpoch {
  readonly flows: readonly Flow[]
  readonly payouts: readonly Payout[]
  readonly waiting: readonly WaitingMove[]
  /** Settled fees. */
  readonly fees: Amount
  readonly toTreasury: Amount
  readonly burned: Amount
}

/** What the flow of an epoch starts from, and what it changes beside payouts. */
export interface RouteInput {
  readonly epoch: Epoch
  readonly opening: OpeningState
  readonly closing: ClosingState
  readonly validators: ClosingValidators
  readonly collected: Collected
  /** By delegator. */
  readonly stakeMoves: Iterable<readonly [delegator: AccountKey, moves: ReadonlyMap<AccountKey, StakeMove>]>
  readonly byteFees: Amount
}

/** F1 to F5 in their order, over what the records of an epoch were paid; then positions that change are settled. */
export function routeEpoch(crypto: Crypto, input: RouteInput): RoutedEpoch {
  const { epoch, opening, closing, validators, collected, stakeMoves, byteFees } = input
  const routing = new Routing(opening, closing, validators, epoch.params)
  if (byteFees > 0) routing.toPool({ kind: 'operators', key: '' }, byteFees)
  const earners = routeFees(crypto, routing, collected.paid)
  const builders = routeBuilders(routing, earners)
  // One by one: as arguments of one call, some hundred thousand overflow the stack.
  for (const flow of modelFlows(crypto, routing, earners, builders)) routing.flows.push(flow)
  const lapsed = [...opening.source.keysFrom(duePrefix(epoch.number, 'w'))].map(refOfDueKey)
  const waiting = routeWaiting(routing, earners, collected.attributions, lapsed)
  routeLineage(routing)
  const burned = routeOperators(routing, opening.sets().previous)
  const settlement = { epoch, opening, closing, validators, payouts: routing.payouts }
  for (const [delegator, moves] of stakeMoves) {
    for (const [validator, move] of moves) settlePosition(settlement, delegator, validator, move)
  }
  const payouts = routing.payouts.sorted()
  const fees = collected.paid.reduce((sum, { fee }) => addAmounts(sum, fee), 0)
  const routed = {
    flows: routing.flows.sort(compareFlows),
    payouts,
    waiting,
    fees,
    toTreasury: routing.treasury,
    burned,
  }
  assertRouted(routed, addAmounts(fees, byteFees), validators.accruedRise())
  return routed
}

function modelFlows(
  crypto: Crypto,
  routing: Routing,
  earners: readonly Earner[],
  builders: ReadonlyMap<string, BuilderFlow>,
): Flow[] {
  const byRef = new Map(earners.map(earner => [earner.id.key, earner]))
  return [...builders].map(([ref, { id, inbound, bases }]) => {
    const earner = byRef.get(ref)
    // With an attributor all of D waits: what payees name is evidence only.
    const data = earner === undefined || earner.cell.attributor !== null ? [] : routeData(crypto, routing, earner)
    return { ...id, payees: earner?.payees ?? [], inbound, lists: bases === undefined ? data : [bases, ...data] }
  })
}

/** E2 within the flow: what came in is what was paid, waits, accrues, or is the treasury's. */
function assertRouted(routed: RoutedEpoch, inflow: Amount, accruedRise: Amount): void {
  let out = routed.toTreasury + routed.burned + accruedRise
  for (const { amount } of routed.payouts) out += amount
  for (const { added, routed: left } of routed.waiting) out += added - left
  if (out !== inflow) throw new InvariantError('E2', 'the flow lost or made money', { inflow, out })
}
