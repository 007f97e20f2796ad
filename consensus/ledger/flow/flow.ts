import { type Amount, divide } from '../../amount.ts'
import type { ByteKey } from '../../bytes.ts'

/** What money flows through in an epoch. The order is that of the flow tree. */
export const flowKinds = ['operators', 'agent', 'model', 'waiting', 'asset'] as const
export type FlowKind = (typeof flowKinds)[number]

/** A flow's name: its kind and the ref it stands for; the operator pool has none. */
export interface FlowId {
  readonly kind: FlowKind
  readonly key: ByteKey
}

/** Lists that `divide` splits, by name. `uses` and `attribution` begin with the unnamed part (empty key). */
export const listNames = ['operators', 'bases', 'uses', 'unnamed', 'attribution', 'origins', 'parents'] as const
export type ListName = (typeof listNames)[number]

export interface FlowPart {
  /** An asset, a model, an account; empty: nobody in particular (what is unnamed or missing). */
  readonly to: ByteKey
  readonly weight: number | bigint
  /** Root of the records that make up the weight, where it comes from records; 32 bytes. */
  readonly records?: Uint8Array
}

/** One `divide(amount, weights)`, in its order. */
export interface FlowList {
  readonly name: ListName
  readonly amount: Amount
  readonly parts: readonly FlowPart[]
}

/** A list with what each of its parts came to. */
export interface DividedList {
  readonly list: FlowList
  readonly amounts: readonly Amount[]
}

/** E3: the only way a list of a flow is split. */
export function divideList(name: ListName, amount: Amount, parts: readonly FlowPart[]): DividedList {
  const weights = parts.map(part => part.weight)
  return { list: { name, amount, parts }, amounts: divide(amount, weights) }
}

/** F1: what one payee billed for one model or agent. */
export interface FlowPayee {
  readonly account: ByteKey
  readonly fees: Amount
  /** Root of {ref, session, fee, settled after} of its paid records; 32 bytes. */
  readonly records: Uint8Array
}

export interface Inbound {
  readonly from: FlowId
  readonly list: ListName | 'fees'
  readonly amount: Amount
}

export interface Flow extends FlowId {
  readonly payees: readonly FlowPayee[]
  readonly inbound: readonly Inbound[]
  readonly lists: readonly FlowList[]
}
