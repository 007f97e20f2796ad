import type { Amount } from '../../amount.ts'
import type { ModelCell } from '../../ledger/cells/asset.ts'
import type { FeeParts } from '../../ledger/flow/fees.ts'
import type { DividedList, FlowId } from '../../ledger/flow/flow.ts'
import type { LineageSplit } from '../../ledger/flow/lineage.ts'
import type { InboundLeaf, ListLeaf, PartLeaf, PayeeLeaf } from './leaves.ts'
import type { ProvedList } from './proved-list.ts'

/*
 * Flows whose leaf is proved and whose own divisions were recomputed with the ledger's rules. That the flows above them sent what they
 * received is another check, line by line (`inbound.ts`).
 */

/** A model or agent. */
export interface BuiltFlow {
  readonly id: FlowId
  readonly cell: ModelCell
  readonly payees: ProvedList<PayeeLeaf>
  /** F1, by payee. */
  readonly fees: readonly FeeParts[]
  readonly inbound: ProvedList<InboundLeaf>
  /** F1: what its own fees add to B and D. */
  readonly builder: Amount
  readonly data: Amount
  /** F2: the owner's part of B. */
  readonly forOwner: Amount
  readonly bases: DividedList | undefined
  /** F3: undefined where D is nothing, or waits. */
  readonly named: NamedList | undefined
  readonly unnamed: DividedList | undefined
}

/** `uses` or `attribution`, of which single parts are read. */
export interface NamedList {
  readonly list: ListLeaf
  /** Of all its parts. */
  readonly weight: bigint
  /** What its first part, which names nothing, came to. */
  readonly unnamed: Amount
}

/** A contribution or refinement. */
export interface AssetFlow {
  readonly id: FlowId
  readonly inbound: ProvedList<InboundLeaf>
  readonly inflow: Amount
  /**
   * F4: the ways to divide the inflow that its lists allow. Two where so many assets have inflow that origins may stand in for
   * parents, and both are the same.
   */
  readonly splits: readonly LineageSplit[]
}

/** What waits at a model with an attributor, and what was divided of it. */
export interface WaitingFlow {
  readonly id: FlowId
  readonly inbound: ProvedList<InboundLeaf>
  readonly named: NamedList | undefined
  readonly unnamed: DividedList | undefined
}

/** F5: the operators' pool. */
export interface PoolFlow {
  readonly id: FlowId
  readonly inbound: ProvedList<InboundLeaf>
  /** What is left after the burn. */
  readonly amount: Amount
  readonly parts: ProvedList<PartLeaf>
}
