import type { AccountKey } from '../../account.ts'
import { type Amount, supplyMax } from '../../amount.ts'
import { type ByteKey, fromKey, readU64, toKey, writeU64 } from '../../bytes.ts'
import { decode } from '../../cbor/decode.ts'
import { blockCidOf, bytesOf, integerOf, listOf, tupleOf } from '../../cbor/fields.ts'
import type { Value } from '../../cbor/value.ts'
import { MalformedError } from '../../errors.ts'
import type { BatchLeaf } from '../../ledger/batches-root.ts'
import { type FlowId, flowKinds, type Inbound, type ListName, listNames } from '../../ledger/flow/flow.ts'
import { type Role, roles } from '../../ledger/flow/payouts.ts'
import { recordLeafBytes } from '../../ledger/flow/record-leaf.ts'
import type { RefKey } from '../../ref.ts'

/*
 * What the leaves of the committed trees say; `consensus/ledger` writes them. Each function throws MalformedError or EncodingError.
 */

const rootLength = 32
const accountLength = 32
const refLength = 34

export interface PayoutLeaf {
  readonly account: AccountKey
  readonly amount: Amount
  readonly creditAfter: Amount
  /** Root of its credit lines. */
  readonly lines: Uint8Array
}

export function parsePayoutLeaf(leaf: Uint8Array): PayoutLeaf {
  const [account, amount, creditAfter, lines] = tupleOf(decode(leaf), 'payout', 4)
  return {
    account: toKey(bytesOf(account, 'payout.account', accountLength)),
    amount: integerOf(amount, 'payout.amount', 1, supplyMax),
    creditAfter: integerOf(creditAfter, 'payout.creditAfter', 1, Number.MAX_SAFE_INTEGER),
    lines: bytesOf(lines, 'payout.lines', rootLength),
  }
}

export function payoutLeafAccount(leaf: Uint8Array): ByteKey {
  return parsePayoutLeaf(leaf).account
}

/** A list of a flow, by the root of its parts. */
export interface ListLeaf {
  readonly name: ListName
  readonly amount: Amount
  readonly parts: Uint8Array
}

export interface FlowLeaf extends FlowId {
  readonly payees: Uint8Array
  readonly inbound: Uint8Array
  readonly lists: readonly ListLeaf[]
}

export function parseFlowLeaf(leaf: Uint8Array): FlowLeaf {
  const [kind, key, payees, inbound, lists] = tupleOf(decode(leaf), 'flow', 5)
  return {
    kind: flowKinds[integerOf(kind, 'flow.kind', 0, flowKinds.length - 1)]!,
    key: toKey(bytesOf(key, 'flow.key')),
    payees: bytesOf(payees, 'flow.payees', rootLength),
    inbound: bytesOf(inbound, 'flow.inbound', rootLength),
    lists: listOf(lists, 'flow.lists', listNames.length).map(parseListLeaf),
  }
}

function parseListLeaf(value: Value): ListLeaf {
  const [name, amount, parts] = tupleOf(value, 'flow.list', 3)
  return {
    name: listNames[integerOf(name, 'flow.list.name', 0, listNames.length - 1)]!,
    amount: integerOf(amount, 'flow.list.amount', 0, supplyMax),
    parts: bytesOf(parts, 'flow.list.parts', rootLength),
  }
}

/** The order of the flow tree: kind, then key. */
export function flowTreeKey({ kind, key }: FlowId): ByteKey {
  return String.fromCharCode(flowKinds.indexOf(kind)) + key
}

export function flowLeafKey(leaf: Uint8Array): ByteKey {
  return flowTreeKey(parseFlowLeaf(leaf))
}

export function parseBatchLeaf(leaf: Uint8Array): BatchLeaf {
  const [author, seq, batch, digest] = tupleOf(decode(leaf), 'batch', 4)
  return {
    author: toKey(bytesOf(author, 'batch.author', accountLength)),
    seq: integerOf(seq, 'batch.seq', 1, Number.MAX_SAFE_INTEGER),
    batch: blockCidOf(batch, 'batch.cid'),
    digest: bytesOf(digest, 'batch.digest', 32),
  }
}

/** The order of the batch tree: author, then seq. */
export function batchTreeKey(author: AccountKey, seq: number): ByteKey {
  const bytes = new Uint8Array(8)
  writeU64(bytes, 0, seq)
  return author + toKey(bytes)
}

export function batchLeafKey(leaf: Uint8Array): ByteKey {
  const { author, seq } = parseBatchLeaf(leaf)
  return batchTreeKey(author, seq)
}

export interface PayeeLeaf {
  readonly account: AccountKey
  /** Root of its paid records. */
  readonly records: Uint8Array
}

export function parsePayeeLeaf(leaf: Uint8Array): PayeeLeaf {
  expectLength(leaf, 'payee', accountLength + rootLength)
  return { account: toKey(leaf.subarray(0, accountLength)), records: leaf.subarray(accountLength) }
}

export interface PartLeaf {
  /** An asset, a model, an account; empty: nobody in particular. */
  readonly to: ByteKey
  /** Root of the records that make up its weight, where it comes from records. */
  readonly records: Uint8Array | undefined
}

export function parsePartLeaf(leaf: Uint8Array): PartLeaf {
  const keyLength = leaf[0] ?? 0
  const hasRecords = leaf.length === 1 + keyLength + rootLength
  if (!hasRecords) expectLength(leaf, 'part', 1 + keyLength)
  return {
    to: toKey(leaf.subarray(1, 1 + keyLength)),
    records: hasRecords ? leaf.subarray(1 + keyLength) : undefined,
  }
}

export function partLeafTo(leaf: Uint8Array): ByteKey {
  return parsePartLeaf(leaf).to
}

/** An inbound line but for its amount, which is its leaf's value. */
export type InboundLeaf = Omit<Inbound, 'amount'>

const feesList = 255

export function parseInboundLeaf(leaf: Uint8Array): InboundLeaf {
  const kind = flowKinds[leaf[0] ?? feesList]
  if (kind === undefined) throw new MalformedError('inbound.kind', 'a kind of flow', leaf)
  expectLength(leaf, 'inbound', 2 + (kind === 'operators' ? 0 : refLength))
  const list = leaf[1] === feesList ? 'fees' : listNames[leaf[1]!]
  if (list === undefined) throw new MalformedError('inbound.list', 'a list', leaf)
  return { from: { kind, key: toKey(leaf.subarray(2)) }, list }
}

export interface LineLeaf {
  readonly role: Role
  readonly source: ByteKey
}

export function parseLineLeaf(leaf: Uint8Array): LineLeaf {
  const role = roles[leaf[0] ?? roles.length]
  if (role === undefined) throw new MalformedError('line.role', 'a role', leaf)
  return { role, source: toKey(leaf.subarray(1)) }
}

export interface RecordLeaf {
  readonly ref: RefKey
  readonly session: RefKey
  readonly fee: Amount
  /** What the session had settled when this fee was in. */
  readonly settledAfter: Amount
}

export function parseRecordLeaf(leaf: Uint8Array): RecordLeaf {
  expectLength(leaf, 'record', recordLeafBytes)
  const amountAt = (offset: number): Amount => integerOf(readU64(leaf, offset), 'record.amount', 1, supplyMax)
  return {
    ref: toKey(leaf.subarray(0, refLength)),
    session: toKey(leaf.subarray(refLength, 2 * refLength)),
    fee: amountAt(2 * refLength),
    settledAfter: amountAt(2 * refLength + 8),
  }
}

export function recordLeafRef(leaf: Uint8Array): ByteKey {
  return parseRecordLeaf(leaf).ref
}

function expectLength(leaf: Uint8Array, field: string, length: number): void {
  if (leaf.length !== length) throw new MalformedError(field, `${length} bytes`, leaf)
}

/** A line's key in its tree: its leaf. */
export function lineKey(role: Role, source: ByteKey): ByteKey {
  return toKey(Uint8Array.of(roles.indexOf(role), ...fromKey(source)))
}
