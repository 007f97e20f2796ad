import { supplyMax } from '../../amount.ts'
import { type ByteKey, fromKey, fromU128, toKey, u128 } from '../../bytes.ts'
import { bytesOf, integerOf, listOf, tupleOf } from '../../cbor/fields.ts'
import type { Value } from '../../cbor/value.ts'
import { MalformedError } from '../../errors.ts'
import { decodeChunk, encodeChunks } from './chunk.ts'
import {
  type Flow,
  type FlowId,
  type FlowList,
  type FlowPart,
  type FlowPayee,
  flowKinds,
  type Inbound,
  listNames,
} from './flow.ts'

/**
 * Flows as they are kept and travel. The records behind payees and `uses` are there by their roots alone: who wants them
 * rebuilds them from the epoch's batches, their outcomes and what sessions had settled.
 */
export function encodeFlows(flows: readonly Flow[]): Uint8Array[] {
  return encodeChunks(flows, flowValue)
}

/** Throws EncodingError or MalformedError. */
export function decodeFlows(chunk: Uint8Array, field = 'flows'): Flow[] {
  return decodeChunk(chunk, field, parseFlow)
}

/**
 * `[kind, key, [[payee, fees, records root], …], [[kind, key, list, amount], …], [[list, amount, parts], …]]`; a part is
 * `[to, weight]` or `[to, weight, records root]`. Kinds and lists are their numbers; 255 is what a flow takes from fees.
 */
export function flowValue(flow: Flow): Value {
  return [
    flowKinds.indexOf(flow.kind),
    fromKey(flow.key),
    flow.payees.map(({ account, fees, records }) => [fromKey(account), fees, records]),
    flow.inbound.map(({ from, list, amount }) => [
      flowKinds.indexOf(from.kind),
      fromKey(from.key),
      list === 'fees' ? feesList : listNames.indexOf(list),
      amount,
    ]),
    flow.lists.map(({ name, amount, parts }) => [listNames.indexOf(name), amount, parts.map(partValue)]),
  ]
}

/** Throws MalformedError. */
export function parseFlow(value: Value, field: string): Flow {
  const [kind, key, payees, inbound, lists] = tupleOf(value, field, 5)
  return {
    ...parseId(kind, key, field),
    payees: listOf(payees, `${field}.payees`).map((item, i) => parsePayee(item, `${field}.payees[${i}]`)),
    inbound: listOf(inbound, `${field}.inbound`).map((item, i) => parseInbound(item, `${field}.inbound[${i}]`)),
    lists: listOf(lists, `${field}.lists`).map((item, i) => parseList(item, `${field}.lists[${i}]`)),
  }
}

const feesList = 255
const refLength = 34
const accountLength = 32
const rootLength = 32
const weightBytesMax = 16

function partValue({ to, weight, records }: FlowPart): Value {
  const part = [fromKey(to), typeof weight === 'bigint' ? minimalBytes(weight) : weight]
  return records === undefined ? part : [...part, records]
}

/** Σ fee·weight outgrows the integers of a block: big-endian bytes without leading zeros. */
function minimalBytes(weight: bigint): Uint8Array {
  const bytes = u128(weight)
  const start = bytes.findIndex(byte => byte !== 0)
  return bytes.subarray(start === -1 ? bytes.length : start)
}

function parseId(kind: Value | undefined, key: Value | undefined, field: string): FlowId {
  const name = flowKinds[integerOf(kind, `${field}.kind`, 0, flowKinds.length - 1)]!
  return { kind: name, key: toKey(bytesOf(key, `${field}.key`, name === 'operators' ? 0 : refLength)) }
}

function parsePayee(value: Value, field: string): FlowPayee {
  const [account, fees, records] = tupleOf(value, field, 3)
  return {
    account: toKey(bytesOf(account, `${field}[0]`, accountLength)),
    fees: integerOf(fees, `${field}[1]`, 1, supplyMax),
    records: bytesOf(records, `${field}[2]`, rootLength),
  }
}

function parseInbound(value: Value, field: string): Inbound {
  const [kind, key, list, amount] = tupleOf(value, field, 4)
  const name = integerOf(list, `${field}[2]`, 0, feesList)
  if (name !== feesList && name >= listNames.length) throw new MalformedError(`${field}[2]`, 'a list', list)
  return {
    from: parseId(kind, key, field),
    list: name === feesList ? 'fees' : listNames[name]!,
    amount: integerOf(amount, `${field}[3]`, 1, supplyMax),
  }
}

function parseList(value: Value, field: string): FlowList {
  const [name, amount, parts] = tupleOf(value, field, 3)
  return {
    name: listNames[integerOf(name, `${field}[0]`, 0, listNames.length - 1)]!,
    amount: integerOf(amount, `${field}[1]`, 0, supplyMax),
    parts: listOf(parts, `${field}.parts`).map((item, i) => parsePart(item, `${field}.parts[${i}]`)),
  }
}

function parsePart(value: Value, field: string): FlowPart {
  const items = listOf(value, field, 3)
  if (items.length < 2) throw new MalformedError(field, 'a list of 2 or 3', value)
  const part = { to: parseTo(items[0], `${field}[0]`), weight: parseWeight(items[1], `${field}[1]`) }
  return items.length === 2 ? part : { ...part, records: bytesOf(items[2], `${field}[2]`, rootLength) }
}

function parseTo(value: Value | undefined, field: string): ByteKey {
  const bytes = bytesOf(value, field)
  if (![0, accountLength, refLength].includes(bytes.length)) {
    throw new MalformedError(field, 'nothing, an account or a ref', bytes)
  }
  return toKey(bytes)
}

function parseWeight(value: Value | undefined, field: string): number | bigint {
  if (!(value instanceof Uint8Array)) return integerOf(value, field, 0, supplyMax)
  if (value.length > weightBytesMax || value[0] === 0) {
    throw new MalformedError(field, 'at most 16 bytes without leading zeros', value)
  }
  return fromU128(value)
}
