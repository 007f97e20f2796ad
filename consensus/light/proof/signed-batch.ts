import type { AccountKey } from '../../account.ts'
import { type BatchHeader, batchSigningBytes, decodeBody, decodeHeader, recordTree } from '../../batch.ts'
import { toKey } from '../../bytes.ts'
import { decode } from '../../cbor/decode.ts'
import { Cid } from '../../cid.ts'
import { batchLeafBytes } from '../../ledger/batches-root.ts'
import { verifyListProof } from '../../merkle/list-tree.ts'
import { mismatch, ProofError } from '../../merkle/proof-error.ts'
import { climb } from '../../merkle/tree-path.ts'
import { checkRecord, type LedgerRecord } from '../../records/registry.ts'
import { type RefKey, refKey } from '../../ref.ts'
import type { RecordProof, RecordsAnswer, SignedHeader } from './answer.ts'
import { layoutOf } from './committed-tree.ts'
import type { ProofReader } from './reader.ts'
import type { Trusted } from './trust.ts'

/** A record that its author signed, at its place in its batch. */
export interface SignedRecord {
  readonly ref: RefKey
  readonly batch: Cid
  readonly index: number
  readonly author: AccountKey
  /** Of its batch, a claim (R6); milliseconds since 1970. */
  readonly time: number
  readonly record: LedgerRecord
  /** R4: what became of it in the checkpoint's epoch; undefined where that epoch didn't finalize it, or it wasn't asked. */
  readonly code: number | undefined
}

/**
 * The header that a CID names, signed by its author. Throws ProofError `block` or `signature`. A light node has nothing but the
 * CID to start from, so nothing that was made up passes.
 */
export function verifyHeader({ crypto, checkpoint }: Trusted, batch: Cid, signed: SignedHeader): BatchHeader {
  const got = Cid.of(crypto, signed.header)
  if (!got.equals(batch)) throw mismatch('block', 'header of a batch', batch, got)
  const header = decodeHeader(signed.header, checkpoint.chain)
  if (!crypto.verify(signed.signature, batchSigningBytes(signed.header), header.author)) {
    throw new ProofError('signature', `batch ${batch}: not signed by its author`)
  }
  return header
}

/** One record of a batch: its bytes stand at `index` under the header's root. Throws ProofError. */
export function verifyRecord(
  { crypto }: Trusted,
  header: BatchHeader,
  index: number,
  { bytes, path }: RecordProof,
): LedgerRecord {
  verifyListProof(crypto, recordTree, header.root, bytes, path)
  if (path.index !== index || path.count !== header.count) {
    throw mismatch('index', 'record of a batch', `${index} of ${header.count}`, `${path.index} of ${path.count}`)
  }
  return checkRecord(decode(bytes), `records[${index}]`)
}

/** Asks for records of a batch; positions ascend. Throws ProofError. */
export async function readRecords(
  trusted: Trusted,
  reader: ProofReader,
  batch: Cid,
  indices: readonly number[],
): Promise<SignedRecord[]> {
  const answer = await reader.want(trusted.checkpoint.epoch, { type: 'records', batch, indices })
  return verifyRecords(trusted, batch, indices, answer)
}

export function verifyRecords(
  trusted: Trusted,
  batch: Cid,
  indices: readonly number[],
  answer: RecordsAnswer,
): SignedRecord[] {
  const header = verifyHeader(trusted, batch, answer)
  const author = toKey(header.author)
  const codes = verifyFinal(trusted, batch, header, answer.final)
  const records = recordsOf(trusted, header, indices, answer.records)
  return indices.map((index, i) => ({
    ref: refKey(batch, index),
    batch,
    index,
    author,
    time: header.time,
    record: records[i]!,
    code: codes?.[index],
  }))
}

/** Outcome codes, where the checkpoint's epoch finalized the batch. */
function verifyFinal(
  { crypto, checkpoint }: Trusted,
  batch: Cid,
  header: BatchHeader,
  final: RecordsAnswer['final'],
): Uint8Array | undefined {
  if (final === null) return undefined
  const { codes, path } = final
  const digest = crypto.sha256(codes)
  const leaf = batchLeafBytes({ author: toKey(header.author), seq: header.seq, batch, digest })
  climb(crypto, layoutOf({ name: 'batches' }), checkpoint.batchesRoot, [leaf, 0], path)
  if (codes.length !== header.count) throw mismatch('outcome', `codes of ${batch}`, header.count, codes.length)
  return codes
}

function recordsOf(
  trusted: Trusted,
  header: BatchHeader,
  indices: readonly number[],
  records: RecordsAnswer['records'],
): LedgerRecord[] {
  if (!(records instanceof Uint8Array)) {
    return indices.map((index, i) => verifyRecord(trusted, header, index, records[i]!))
  }
  const body = Cid.of(trusted.crypto, records)
  if (!body.equals(header.body)) throw mismatch('block', 'body of a batch', header.body, body)
  const all = decodeBody(trusted.crypto, header, records)
  return indices.map(index => all[index] ?? missingRecord(header, index))
}

function missingRecord(header: BatchHeader, index: number): never {
  throw mismatch('index', 'record of a batch', `one of ${header.count}`, index)
}
