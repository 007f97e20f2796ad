import { type ByteKey, fromKey, toKey } from '../../bytes.ts'
import { decode } from '../../cbor/decode.ts'
import { encode } from '../../cbor/encode.ts'
import { blockCidOf, bytesOf, bytesUpTo, cidOf, integerOf, listOf, naturalOf, tupleOf } from '../../cbor/fields.ts'
import type { Value } from '../../cbor/value.ts'
import type { Cid } from '../../cid.ts'
import { MalformedError } from '../../errors.ts'
import { leafCountMax } from '../../merkle/tree-layout.ts'
import { batchRecordsMax, type RefKey } from '../../ref.ts'
import { type CommittedTree, parseTree, treeValue } from './committed-tree.ts'
import { partsPerRequestMax, requestBytesMax, stateKeyBytesMax } from './limits.ts'

/** One thing to be proved under the checkpoint of an epoch. */
export type ProofPart =
  /** A cell of the state after the epoch, or that there is none. */
  | { readonly type: 'state'; readonly key: ByteKey }
  /** The leaf of a tree with this key, or that there is none. */
  | { readonly type: 'find'; readonly tree: CommittedTree; readonly key: ByteKey }
  /** The leaf at this position. */
  | { readonly type: 'leaf'; readonly tree: CommittedTree; readonly index: number }
  /** At most `max` leaves from this position on, without a path: who has all of them makes the root. */
  | { readonly type: 'page'; readonly tree: CommittedTree; readonly from: number; readonly max: number }
  /** Signed records of a batch, and with the epoch that finalized it their outcomes. Positions ascend. */
  | { readonly type: 'records'; readonly batch: Cid; readonly indices: readonly number[] }
  /** A payer's word on at least so much; one that its payee had submitted by this batch. */
  | { readonly type: 'voucher'; readonly session: RefKey; readonly atLeast: number; readonly by: Cid }
  /** Where the attribution stands that divided what had waited at a model: a hint, proved by its record. */
  | { readonly type: 'attribution'; readonly model: RefKey }
  /** A block that the checkpoint names: parameters or a validator set. */
  | { readonly type: 'block'; readonly cid: Cid }

export interface ProofRequest {
  readonly epoch: number
  /** 1 to 256. */
  readonly parts: readonly ProofPart[]
}

const partTypes = ['state', 'find', 'leaf', 'page', 'records', 'voucher', 'attribution', 'block'] as const
const refLength = 34
const sortKeyBytesMax = 64

/** `[epoch, [[type, …], …]]`. */
export function encodeProofRequest({ epoch, parts }: ProofRequest): Uint8Array {
  return encode([epoch, parts.map(partValue)])
}

/** Throws EncodingError or MalformedError. */
export function decodeProofRequest(bytes: Uint8Array): ProofRequest {
  if (bytes.length > requestBytesMax) throw new MalformedError('request', `at most ${requestBytesMax} bytes`, bytes)
  const [epoch, parts] = tupleOf(decode(bytes), 'request', 2)
  const list = listOf(parts, 'request.parts', partsPerRequestMax)
  if (list.length === 0) throw new MalformedError('request.parts', 'at least one', list)
  return {
    epoch: integerOf(epoch, 'request.epoch', 1, Number.MAX_SAFE_INTEGER),
    parts: list.map((part, i) => parsePart(part, `request.parts[${i}]`)),
  }
}

function partValue(part: ProofPart): Value {
  const type = partTypes.indexOf(part.type)
  switch (part.type) {
    case 'state':
      return [type, fromKey(part.key)]
    case 'find':
      return [type, treeValue(part.tree), fromKey(part.key)]
    case 'leaf':
      return [type, treeValue(part.tree), part.index]
    case 'page':
      return [type, treeValue(part.tree), part.from, part.max]
    case 'records':
      return [type, part.batch, part.indices]
    case 'voucher':
      return [type, fromKey(part.session), part.atLeast, part.by]
    case 'attribution':
      return [type, fromKey(part.model)]
    case 'block':
      return [type, part.cid]
  }
}

const itemCounts: Readonly<Record<ProofPart['type'], number>> = {
  state: 2,
  find: 3,
  leaf: 3,
  page: 4,
  records: 3,
  voucher: 4,
  attribution: 2,
  block: 2,
}

function parsePart(value: Value, field: string): ProofPart {
  const type = partTypes[integerOf(listOf(value, field)[0], `${field}[0]`, 0, partTypes.length - 1)]!
  const [, a, b, c] = tupleOf(value, field, itemCounts[type])
  switch (type) {
    case 'state':
      return { type, key: toKey(bytesUpTo(a, `${field}.key`, stateKeyBytesMax)) }
    case 'find':
      return { type, tree: parseTree(a, `${field}.tree`), key: toKey(bytesUpTo(b, `${field}.key`, sortKeyBytesMax)) }
    case 'leaf':
      return { type, tree: parseTree(a, `${field}.tree`), index: positionOf(b, `${field}.index`) }
    case 'page':
      return {
        type,
        tree: parseTree(a, `${field}.tree`),
        from: positionOf(b, `${field}.from`),
        max: integerOf(c, `${field}.max`, 1, leafCountMax),
      }
    case 'records':
      return { type, batch: blockCidOf(a, `${field}.batch`), indices: parseIndices(b, `${field}.indices`) }
    case 'voucher':
      return {
        type,
        session: toKey(bytesOf(a, `${field}.session`, refLength)),
        atLeast: naturalOf(b, `${field}.atLeast`),
        by: blockCidOf(c, `${field}.by`),
      }
    case 'attribution':
      return { type, model: toKey(bytesOf(a, `${field}.model`, refLength)) }
    case 'block':
      return { type, cid: cidOf(a, `${field}.cid`) }
  }
}

function positionOf(value: Value | undefined, field: string): number {
  return integerOf(value, field, 0, leafCountMax - 1)
}

function parseIndices(value: Value | undefined, field: string): number[] {
  const indices = listOf(value, field, batchRecordsMax).map(item => integerOf(item, field, 0, batchRecordsMax - 1))
  const ascend = indices.length > 0 && indices.every((index, i) => i === 0 || indices[i - 1]! < index)
  if (!ascend) throw new MalformedError(field, 'positions in ascending order', value)
  return indices
}
