import { bodyBytesMax, headerBytesMax } from '../../batch.ts'
import { fromU128, u128 } from '../../bytes.ts'
import { decode } from '../../cbor/decode.ts'
import { encode, encodedList } from '../../cbor/encode.ts'
import { blockCidOf, bytesOf, bytesUpTo, integerOf, listOf, naturalOf, tupleOf } from '../../cbor/fields.ts'
import type { Value } from '../../cbor/value.ts'
import type { Cid } from '../../cid.ts'
import { MalformedError } from '../../errors.ts'
import type { Absence } from '../../merkle/absence.ts'
import { listLayout } from '../../merkle/list-tree.ts'
import { parseStateProof, type StateProof, stateProofValue } from '../../merkle/state-proof.ts'
import { leafCountMax, type TreeLayout } from '../../merkle/tree-layout.ts'
import { parsePath, type TreePath } from '../../merkle/tree-path.ts'
import { batchRecordsMax } from '../../ref.ts'
import { layoutOf } from './committed-tree.ts'
import { answerBytesMax, blockBytesMax, cellBytesMax, leafBytesMax } from './limits.ts'
import type { ProofPart } from './request.ts'

/** The value of a leaf: 0 in a list, which sums nothing. */
export type LeafValue = number | bigint

export interface LeafProof extends TreePath {
  readonly value: LeafValue
}

export interface ProvableLeaf {
  readonly leaf: Uint8Array
  readonly proof: LeafProof
}

export interface StateAnswer {
  /** Null: there is no such cell. */
  readonly value: Uint8Array | null
  readonly proof: StateProof
}

export type FindAnswer = ProvableLeaf | Absence<LeafProof>

export interface PageAnswer {
  /** Of all leaves; the root binds it. */
  readonly count: number
  readonly leaves: readonly (readonly [leaf: Uint8Array, value: LeafValue])[]
}

/** A batch's header as its author signed it. */
export interface SignedHeader {
  readonly header: Uint8Array
  /** 64 bytes. */
  readonly signature: Uint8Array
}

/** The bytes of a record with its place in its batch. */
export interface RecordProof {
  readonly bytes: Uint8Array
  readonly path: TreePath
}

export interface RecordsAnswer extends SignedHeader {
  /** Outcome codes of the batch and its place among the epoch's; null where another epoch finalized it. */
  readonly final: { readonly codes: Uint8Array; readonly path: TreePath } | null
  /** The whole body where that is shorter than the records with a path each. */
  readonly records: Uint8Array | readonly RecordProof[]
}

export interface VoucherAnswer {
  /** The record that opened the session, as its payer signed it. */
  readonly session: SignedHeader & RecordProof
  readonly total: number
  /** 64 bytes. */
  readonly signature: Uint8Array
}

export interface AttributionAnswer {
  readonly batch: Cid
  readonly index: number
}

export interface PartAnswers {
  readonly state: StateAnswer
  readonly find: FindAnswer
  readonly leaf: ProvableLeaf
  readonly page: PageAnswer
  readonly records: RecordsAnswer
  readonly voucher: VoucherAnswer
  readonly attribution: AttributionAnswer
  readonly block: Uint8Array
}

export type PartAnswer<P extends ProofPart = ProofPart> = PartAnswers[P['type']]

/** To the first parts of a request, in their order: null where there is nothing to prove it with. The rest has to be asked again. */
export type ProofAnswer = readonly (PartAnswer | null)[]

export function encodePartAnswer(part: ProofPart, answer: PartAnswer | null): Uint8Array {
  return encode(answer && partAnswerValue(part, answer))
}

/** Of parts that are encoded already, in the order of the request. */
export function encodeProofAnswer(answers: readonly Uint8Array[]): Uint8Array {
  return encodedList(answers)
}

/** Throws EncodingError or MalformedError. At least one part is answered, at most all. */
export function decodeProofAnswer(parts: readonly ProofPart[], bytes: Uint8Array): ProofAnswer {
  if (bytes.length > answerBytesMax) throw new MalformedError('answer', `at most ${answerBytesMax} bytes`, bytes)
  const answers = listOf(decode(bytes), 'answer', parts.length)
  if (answers.length === 0) throw new MalformedError('answer', 'at least one part', answers)
  return answers.map((answer, i) => (answer === null ? null : parsePartAnswer(parts[i]!, answer, `answer[${i}]`)))
}

function partAnswerValue(part: ProofPart, answer: PartAnswer): Value {
  switch (part.type) {
    case 'state': {
      const { value, proof } = answer as StateAnswer
      return [value, stateProofValue(proof)]
    }
    case 'find': {
      const found = answer as FindAnswer
      const layout = layoutOf(part.tree)
      if ('leaf' in found) return [true, ...provableValue(layout, found)]
      return [false, ...[found.before, found.after].map(beside => beside && provableValue(layout, beside))]
    }
    case 'leaf':
      return provableValue(layoutOf(part.tree), answer as ProvableLeaf)
    case 'page': {
      const { count, leaves } = answer as PageAnswer
      const layout = layoutOf(part.tree)
      return [count, leaves.map(([leaf, value]) => [leaf, ...leafValueValue(layout, value)])]
    }
    case 'records':
      return recordsValue(answer as RecordsAnswer)
    case 'voucher': {
      const { session, total, signature } = answer as VoucherAnswer
      return [[session.header, session.signature, session.bytes, pathValue(session.path)], total, signature]
    }
    case 'attribution': {
      const { batch, index } = answer as AttributionAnswer
      return [batch, index]
    }
    case 'block':
      return answer as Uint8Array
  }
}

function parsePartAnswer(part: ProofPart, value: Value, field: string): PartAnswer {
  switch (part.type) {
    case 'state': {
      const [cell, proof] = tupleOf(value, field, 2)
      return {
        value: cell === null ? null : bytesUpTo(cell, `${field}.value`, cellBytesMax),
        proof: parseStateProof(proof!, `${field}.proof`),
      }
    }
    case 'find':
      return parseFind(layoutOf(part.tree), value, field)
    case 'leaf':
      return parseProvable(layoutOf(part.tree), value, field)
    case 'page':
      return parsePage(layoutOf(part.tree), part.max, value, field)
    case 'records':
      return parseRecords(part.indices.length, value, field)
    case 'voucher':
      return parseVoucher(value, field)
    case 'attribution': {
      const [batch, index] = tupleOf(value, field, 2)
      return {
        batch: blockCidOf(batch, `${field}.batch`),
        index: integerOf(index, `${field}.index`, 0, batchRecordsMax - 1),
      }
    }
    case 'block':
      return bytesUpTo(value, field, blockBytesMax)
  }
}

function provableValue(layout: TreeLayout, { leaf, proof }: ProvableLeaf): Value[] {
  return [leaf, pathValue(proof), ...leafValueValue(layout, proof.value)]
}

function parseProvable(layout: TreeLayout, value: Value | undefined, field: string): ProvableLeaf {
  const [leaf, path, summand] = tupleOf(value, field, leafItems(layout) + 1)
  return {
    leaf: bytesUpTo(leaf, `${field}.leaf`, leafBytesMax),
    proof: {
      ...parsePathValue(layout, path, `${field}.path`),
      value: parseLeafValue(layout, summand, `${field}.value`),
    },
  }
}

function parseFind(layout: TreeLayout, value: Value, field: string): FindAnswer {
  const [isFound, ...rest] = listOf(value, field, 4)
  if (isFound === true) return parseProvable(layout, rest, field)
  if (isFound !== false) throw new MalformedError(`${field}[0]`, 'true or false', isFound)
  const [before, after] = tupleOf(rest, field, 2)
  return {
    before: before === null ? null : parseProvable(layout, before, `${field}.before`),
    after: after === null ? null : parseProvable(layout, after, `${field}.after`),
  }
}

function parsePage(layout: TreeLayout, max: number, value: Value, field: string): PageAnswer {
  const [count, leaves] = tupleOf(value, field, 2)
  return {
    count: integerOf(count, `${field}.count`, 0, leafCountMax),
    leaves: listOf(leaves, `${field}.leaves`, max).map((item, i) => {
      const [leaf, summand] = tupleOf(item, `${field}.leaves[${i}]`, leafItems(layout))
      return [
        bytesUpTo(leaf, `${field}.leaves[${i}]`, leafBytesMax),
        parseLeafValue(layout, summand, `${field}.leaves[${i}]`),
      ]
    }),
  }
}

/** A leaf stands with its value, in a list by itself. */
function leafItems({ width }: TreeLayout): number {
  return width === 'none' ? 1 : 2
}

function leafValueValue({ width }: TreeLayout, value: LeafValue): Value[] {
  if (width === 'none') return []
  return [width === 'u128' ? minimalBytes(BigInt(value)) : (value as number)]
}

function parseLeafValue({ width }: TreeLayout, value: Value | undefined, field: string): LeafValue {
  if (width === 'none') return 0
  if (width === 'u64') return naturalOf(value, field)
  const bytes = bytesUpTo(value, field, 16)
  if (bytes[0] === 0) throw new MalformedError(field, 'bytes without leading zeros', value)
  return fromU128(bytes)
}

/** Big-endian, without leading zeros. */
function minimalBytes(value: bigint): Uint8Array {
  const bytes = u128(value)
  const start = bytes.findIndex(byte => byte !== 0)
  return bytes.subarray(start === -1 ? bytes.length : start)
}

function pathValue({ index, count, siblings }: TreePath): Value {
  return [index, count, siblings]
}

function parsePathValue(layout: TreeLayout, value: Value | undefined, field: string): TreePath {
  const [index, count, siblings] = tupleOf(value, field, 3)
  return parsePath(layout, index, count, siblings, field)
}

/** For parsing: the name changes no length. */
const anyListLayout = listLayout('list')

function recordsValue({ header, signature, final, records }: RecordsAnswer): Value {
  return [
    header,
    signature,
    final && [final.codes, pathValue(final.path)],
    records instanceof Uint8Array ? records : records.map(({ bytes, path }) => [bytes, pathValue(path)]),
  ]
}

function parseRecords(count: number, value: Value, field: string): RecordsAnswer {
  const [header, signature, final, records] = tupleOf(value, field, 4)
  return {
    ...parseSigned(header, signature, field),
    final: final === null ? null : parseFinal(final, `${field}.final`),
    records:
      records instanceof Uint8Array
        ? bytesUpTo(records, `${field}.body`, bodyBytesMax)
        : tupleOf(records, `${field}.records`, count).map((item, i) => {
            const [bytes, path] = tupleOf(item, `${field}.records[${i}]`, 2)
            return parseRecordProof(bytes, path, `${field}.records[${i}]`)
          }),
  }
}

function parseFinal(value: Value | undefined, field: string): RecordsAnswer['final'] {
  const [codes, path] = tupleOf(value, field, 2)
  return {
    codes: bytesUpTo(codes, `${field}.codes`, batchRecordsMax),
    path: parsePathValue(anyListLayout, path, `${field}.path`),
  }
}

function parseSigned(header: Value | undefined, signature: Value | undefined, field: string): SignedHeader {
  return {
    header: bytesUpTo(header, `${field}.header`, headerBytesMax),
    signature: bytesOf(signature, `${field}.signature`, 64),
  }
}

function parseRecordProof(bytes: Value | undefined, path: Value | undefined, field: string): RecordProof {
  return {
    bytes: bytesUpTo(bytes, `${field}.bytes`, bodyBytesMax),
    path: parsePathValue(anyListLayout, path, `${field}.path`),
  }
}

function parseVoucher(value: Value, field: string): VoucherAnswer {
  const [session, total, signature] = tupleOf(value, field, 3)
  const [header, signed, bytes, path] = tupleOf(session, `${field}.session`, 4)
  return {
    session: {
      ...parseSigned(header, signed, `${field}.session`),
      ...parseRecordProof(bytes, path, `${field}.session`),
    },
    total: naturalOf(total, `${field}.total`),
    signature: bytesOf(signature, `${field}.signature`, 64),
  }
}
