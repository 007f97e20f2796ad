import type { AccountKey } from '../../account.ts'
import { fromKey, toKey } from '../../bytes.ts'
import { bytesOf, integerOf, listOf } from '../../cbor/fields.ts'
import type { Value } from '../../cbor/value.ts'
import { MalformedError } from '../../errors.ts'
import { type FlowId, flowKinds, type ListName, listNames } from '../../ledger/flow/flow.ts'
import {
  batchTree,
  flowTree,
  inboundTree,
  lineTree,
  partTree,
  payeeRecordsTree,
  payeeTree,
  payoutTree,
  useRecordsTree,
} from '../../ledger/trees.ts'
import type { KeyOf } from '../../merkle/absence.ts'
import { listLayout } from '../../merkle/list-tree.ts'
import { sumLayout } from '../../merkle/sum-tree.ts'
import type { TreeLayout } from '../../merkle/tree-layout.ts'
import type { RefKey } from '../../ref.ts'
import { batchLeafKey, flowLeafKey, partLeafTo, payoutLeafAccount, recordLeafRef } from './leaves.ts'

/** One tree of an epoch: three stand under the checkpoint itself, the roots of the others in leaves of those. */
export type CommittedTree =
  | { readonly name: 'payouts' | 'flows' | 'batches' }
  /** Credit lines of a payout. */
  | { readonly name: 'lines'; readonly account: AccountKey }
  | { readonly name: 'payees' | 'inbound'; readonly flow: FlowId }
  /** Parts of a list that `divide` splits. */
  | { readonly name: 'parts'; readonly flow: FlowId; readonly list: ListName }
  /** Paid records of one payee of a model or agent. */
  | { readonly name: 'fee-records'; readonly flow: FlowId; readonly payee: AccountKey }
  /** Paid records that name an asset; with an empty key, those that name nothing. */
  | { readonly name: 'use-records'; readonly flow: FlowId; readonly to: RefKey | '' }

type TreeName = CommittedTree['name']

const names = [
  'payouts',
  'flows',
  'batches',
  'lines',
  'payees',
  'inbound',
  'parts',
  'fee-records',
  'use-records',
] as const satisfies readonly TreeName[]

const layouts: Readonly<Record<TreeName, TreeLayout>> = {
  payouts: sumLayout(payoutTree),
  flows: listLayout(flowTree),
  batches: listLayout(batchTree),
  lines: sumLayout(lineTree),
  payees: sumLayout(payeeTree),
  inbound: sumLayout(inboundTree),
  parts: sumLayout(partTree),
  'fee-records': sumLayout(payeeRecordsTree),
  'use-records': sumLayout(useRecordsTree),
}

export function layoutOf({ name }: CommittedTree): TreeLayout {
  return layouts[name]
}

/** The key by which a leaf is asked for; inbound lines have none. */
export function keyOf({ name }: CommittedTree): KeyOf | undefined {
  return keys[name]
}

const keys: Readonly<Record<TreeName, KeyOf | undefined>> = {
  payouts: payoutLeafAccount,
  flows: flowLeafKey,
  batches: batchLeafKey,
  lines: toKey,
  payees: leaf => toKey(leaf.subarray(0, 32)),
  inbound: undefined,
  parts: partLeafTo,
  'fee-records': recordLeafRef,
  'use-records': recordLeafRef,
}

/** Whether the leaves stand in the order of their keys, each once: only then do two neighbours prove an absence. */
export function isSorted(tree: CommittedTree): boolean {
  switch (tree.name) {
    case 'parts':
      return tree.list === 'uses' || tree.list === 'attribution' || tree.list === 'operators'
    case 'inbound':
    case 'fee-records':
    case 'use-records':
      return false
    default:
      return true
  }
}

const accountLength = 32
const refLength = 34

/** `[tree, …what of]`: an account; a flow's kind and key; after it a list, an account or an asset. Names are their numbers. */
export function treeValue(tree: CommittedTree): Value {
  const number = names.indexOf(tree.name)
  switch (tree.name) {
    case 'lines':
      return [number, fromKey(tree.account)]
    case 'payees':
    case 'inbound':
      return [number, ...flowIdValue(tree.flow)]
    case 'parts':
      return [number, ...flowIdValue(tree.flow), listNames.indexOf(tree.list)]
    case 'fee-records':
      return [number, ...flowIdValue(tree.flow), fromKey(tree.payee)]
    case 'use-records':
      return [number, ...flowIdValue(tree.flow), fromKey(tree.to)]
    default:
      return [number]
  }
}

/** Throws MalformedError. */
export function parseTree(value: Value | undefined, field: string): CommittedTree {
  const items = listOf(value, field, 4)
  const name = names[integerOf(items[0], `${field}[0]`, 0, names.length - 1)]!
  const expectItems = (count: number): void => {
    if (items.length !== count) throw new MalformedError(field, `a list of ${count}`, value)
  }
  if (name === 'payouts' || name === 'flows' || name === 'batches') {
    expectItems(1)
    return { name }
  }
  if (name === 'lines') {
    expectItems(2)
    return { name, account: toKey(bytesOf(items[1], `${field}[1]`, accountLength)) }
  }
  const flow = parseFlowId(items[1], items[2], field)
  if (name === 'payees' || name === 'inbound') {
    expectItems(3)
    return { name, flow }
  }
  expectItems(4)
  if (name === 'parts') {
    return { name, flow, list: listNames[integerOf(items[3], `${field}[3]`, 0, listNames.length - 1)]! }
  }
  if (name === 'fee-records') return { name, flow, payee: toKey(bytesOf(items[3], `${field}[3]`, accountLength)) }
  return { name, flow, to: parseTo(items[3], `${field}[3]`) }
}

function flowIdValue({ kind, key }: FlowId): Value[] {
  return [flowKinds.indexOf(kind), fromKey(key)]
}

function parseFlowId(kind: Value | undefined, key: Value | undefined, field: string): FlowId {
  const name = flowKinds[integerOf(kind, `${field}[1]`, 0, flowKinds.length - 1)]!
  return { kind: name, key: toKey(bytesOf(key, `${field}[2]`, name === 'operators' ? 0 : refLength)) }
}

function parseTo(value: Value | undefined, field: string): RefKey | '' {
  const bytes = bytesOf(value, field)
  if (bytes.length !== 0 && bytes.length !== refLength) throw new MalformedError(field, 'a ref or nothing', bytes)
  return toKey(bytes)
}
