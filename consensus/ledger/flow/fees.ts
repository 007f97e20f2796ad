import type { AccountKey } from '../../account.ts'
import { type Amount, addAmounts, divide } from '../../amount.ts'
import { compareKeys } from '../../bytes.ts'
import type { Crypto } from '../../crypto.ts'
import { SumTreeBuilder } from '../../merkle/sum-tree.ts'
import type { Params } from '../../params.ts'
import type { RefKey } from '../../ref.ts'
import type { ModelCell } from '../cells/asset.ts'
import type { PaidRecord } from '../paid-record.ts'
import { payeeRecordsTree } from '../trees.ts'
import type { FlowId, FlowPayee } from './flow.ts'
import { recordLeafBytes, recordLeaves } from './record-leaf.ts'
import type { Routing } from './routing.ts'

/** A model or agent with paid records in this epoch. */
export interface Earner {
  readonly id: FlowId
  readonly cell: ModelCell
  /** By payee, then in the payee's order. */
  readonly records: readonly PaidRecord[]
  /** `recordLeaves(records)`. */
  readonly leaves: Uint8Array
  readonly payees: readonly FlowPayee[]
  /** F1: what its fees add to B and to D. */
  readonly builder: Amount
  readonly data: Amount
}

/** F1: per (model or agent, payee) divides the paid fees into operators, executor, builder and data. By ref. */
export function routeFees(crypto: Crypto, routing: Routing, paid: readonly PaidRecord[]): Earner[] {
  const byEarner = new Map<RefKey, PaidRecord[]>()
  for (const record of paid) {
    const records = byEarner.get(record.earner)
    if (records === undefined) byEarner.set(record.earner, [record])
    else records.push(record)
  }
  return [...byEarner.keys()].sort(compareKeys).map(ref => routeEarner(crypto, routing, ref, byEarner.get(ref)!))
}

function routeEarner(crypto: Crypto, routing: Routing, ref: RefKey, records: readonly PaidRecord[]): Earner {
  const cell = routing.model(ref)
  const id: FlowId = { kind: cell.kind, key: ref }
  const leaves = recordLeaves(records)
  const payees = feesByPayee(crypto, records, leaves)
  let builder = 0
  let data = 0
  for (const { account, fees } of payees) {
    const [operators, executor, builderPart, dataPart] = divideFees(routing.params, cell.kind, fees)
    routing.toPool(id, operators)
    routing.payouts.add(account, 'executor', ref, executor)
    builder = addAmounts(builder, builderPart)
    data = addAmounts(data, dataPart)
  }
  return { id, cell, records, leaves, payees, builder, data }
}

/** What a payee's fees come to for each of those who share them. */
export type FeeParts = readonly [operators: Amount, executor: Amount, builder: Amount, data: Amount]

/** F1: the fees of one payee at one model or agent. */
export function divideFees(params: Params, kind: ModelCell['kind'], fees: Amount): FeeParts {
  const shares = kind === 'agent' ? params.actionShares : params.inferenceShares
  return divide(fees, shares) as unknown as FeeParts
}

/** Records stand by payee: each payee's are one run. */
function feesByPayee(crypto: Crypto, records: readonly PaidRecord[], leaves: Uint8Array): FlowPayee[] {
  const payees: FlowPayee[] = []
  const tree = new SumTreeBuilder(crypto, payeeRecordsTree)
  let start = 0
  while (start < records.length) {
    const account: AccountKey = records[start]!.payee
    tree.reset()
    let end = start
    for (; end < records.length && records[end]!.payee === account; end++) {
      tree.addSpan(leaves, end * recordLeafBytes, (end + 1) * recordLeafBytes, records[end]!.fee)
    }
    const root = tree.root()
    payees.push({ account, fees: root.sum, records: root.hash })
    start = end
  }
  return payees
}
