import { domainSeparated, equalBytes } from './bytes.ts'
import { decode, decodeList } from './cbor/decode.ts'
import { encode } from './cbor/encode.ts'
import type { Value, ValueMap } from './cbor/value.ts'
import { Cid } from './cid.ts'
import { type Crypto, isPublicKey } from './crypto.ts'
import { LedgerError, MalformedError } from './errors.ts'
import { ListTreeBuilder } from './merkle/list-tree.ts'
import { checkRecord, kindOf, type LedgerRecord } from './records/registry.ts'
import { batchRecordsMax } from './ref.ts'

/** R2: names a batch; its CID is the batch's id. */
export interface BatchHeader {
  readonly chain: Cid
  /** Public key, 32 bytes. */
  readonly author: Uint8Array
  /** From 1, without gaps. */
  readonly seq: number
  /** The author's batch before; null for seq 1. */
  readonly prev: Cid | null
  /** Milliseconds since 1970: a claim (R6). */
  readonly time: number
  /** The block that is the list of records. */
  readonly body: Cid
  readonly count: number
  /** Merkle root over the records' bytes, 32 bytes. */
  readonly root: Uint8Array
}

/** A batch as it travels and is stored. */
export interface BatchBytes {
  readonly header: Uint8Array
  /** 64 bytes. */
  readonly signature: Uint8Array
  readonly body: Uint8Array
}

export interface Batch extends BatchHeader {
  readonly cid: Cid
  readonly records: readonly LedgerRecord[]
}

export const bodyBytesMax = 512 * 1024
/** Nine fields, of which the longest are two CIDs and two of 32 bytes. */
export const headerBytesMax = 512
/** R2: nobody comes so far, and stores keep seqs in 48 bits: a larger one would take the place of a small one. */
export const seqMax = 2 ** 48 - 1
export const recordTree = 'record'
const batchVersion = 1
const headerFields = ['v', 'chain', 'author', 'seq', 'prev', 'time', 'body', 'count', 'root'] as const

/** What an author signs: `openledger/batch/1` ‖ 0x00 ‖ header bytes. */
export function batchSigningBytes(header: Uint8Array): Uint8Array {
  return domainSeparated('openledger/batch/1', header)
}

/** Throws MalformedError or EncodingError unless the bytes are a header of this chain. */
export function decodeHeader(bytes: Uint8Array, chain: Cid): BatchHeader {
  if (bytes.length > headerBytesMax) throw new MalformedError('header', `at most ${headerBytesMax} bytes`, bytes)
  const map = decode(bytes) as ValueMap
  const expectMap = typeof map === 'object' && map !== null && !Array.isArray(map) && !(map instanceof Uint8Array)
  if (!expectMap || Object.keys(map).length !== headerFields.length) {
    throw new MalformedError('header', `a map of ${headerFields.join(', ')}`, map)
  }
  const field = (name: string, fine: boolean, expected: string): void => {
    if (!fine) throw new MalformedError(`header.${name}`, expected, map[name])
  }
  field('v', map.v === batchVersion, `${batchVersion}`)
  field('chain', map.chain instanceof Cid && map.chain.equals(chain), `the chain ${chain}`)
  field('author', map.author instanceof Uint8Array && isPublicKey(map.author), 'an Ed25519 public key')
  const seq = map.seq as number
  field('seq', Number.isInteger(seq) && seq >= 1 && seq <= seqMax, 'an integer from 1 to 2^48 - 1')
  field(
    'prev',
    map.seq === 1 ? map.prev === null : isBlockLink(map.prev),
    'the CID of the batch before, null for the first',
  )
  field('time', Number.isSafeInteger(map.time) && (map.time as number) >= 0, 'milliseconds since 1970')
  field('body', isBlockLink(map.body), 'the CID of a DAG-CBOR block')
  const count = map.count as number
  field('count', Number.isInteger(count) && count >= 1 && count <= batchRecordsMax, `1 to ${batchRecordsMax}`)
  field('root', map.root instanceof Uint8Array && map.root.length === 32, '32 bytes')
  return map as unknown as BatchHeader
}

function isBlockLink(value: Value | undefined): boolean {
  return value instanceof Cid && value.isDagCbor && value.bytes.length === 36
}

/** R2, R4: decodes the records of a body; throws MalformedError naming record and field. */
export function decodeBody(crypto: Crypto, header: BatchHeader, body: Uint8Array): LedgerRecord[] {
  if (body.length > bodyBytesMax) throw new MalformedError('body', `at most ${bodyBytesMax} bytes`, body)
  if (!Cid.of(crypto, body).equals(header.body)) throw new MalformedError('body', `the block ${header.body}`, body)
  const { items, offsets } = decodeList(body, batchRecordsMax)
  if (items.length !== header.count) throw new MalformedError('header.count', `${items.length} records`, header.count)
  const tree = new ListTreeBuilder(crypto, recordTree)
  const records: LedgerRecord[] = new Array(items.length)
  for (let i = 0; i < items.length; i++) {
    const where = `records[${i}]`
    const record = checkRecord(items[i]!, where)
    checkBackwards(record, i, where)
    records[i] = record
    tree.add(body.subarray(offsets[i], offsets[i + 1]))
  }
  if (!equalBytes(tree.root(), header.root))
    throw new MalformedError('header.root', "the records' Merkle root", header.root)
  return records
}

/** A ref within the batch names an earlier record: lineage is acyclic by construction. */
function checkBackwards(record: LedgerRecord, index: number, where: string): void {
  for (const [batch, target] of kindOf(record).refs(record)) {
    if (batch === null && target >= index) throw new MalformedError(where, 'refs to earlier records', `./${target}`)
  }
}

/**
 * R2, R3: proves a batch of `chain` from its bytes alone: form, body, Merkle root, signature. Throws MalformedError or
 * EncodingError for what its author should not have signed, and LedgerError `signature` for what the author did not sign.
 */
export function openBatch(crypto: Crypto, chain: Cid, bytes: BatchBytes): Batch {
  const header = decodeHeader(bytes.header, chain)
  if (!crypto.verify(bytes.signature, batchSigningBytes(bytes.header), header.author)) {
    throw new LedgerError('signature', "signature: expected the author's over the header, got another")
  }
  const records = decodeBody(crypto, header, bytes.body)
  return { ...header, cid: Cid.of(crypto, bytes.header), records }
}

export interface BatchDraft {
  readonly chain: Cid
  readonly author: Uint8Array
  readonly seq: number
  readonly prev: Cid | null
  readonly time: number
  readonly records: readonly LedgerRecord[]
}

/** Builds the bytes of a batch but for its signature, which is the author's over `batchSigningBytes(header)`. */
export function draftBatch(crypto: Crypto, draft: BatchDraft): { header: Uint8Array; body: Uint8Array; cid: Cid } {
  const { records, ...named } = draft
  const body = encode(records as unknown as Value[])
  const { offsets } = decodeList(body, batchRecordsMax)
  const tree = new ListTreeBuilder(crypto, recordTree)
  for (let i = 0; i < records.length; i++) tree.add(body.subarray(offsets[i], offsets[i + 1]))
  const header = encode({
    v: batchVersion,
    ...named,
    body: Cid.of(crypto, body),
    count: records.length,
    root: tree.root(),
  })
  return { header, body, cid: Cid.of(crypto, header) }
}
