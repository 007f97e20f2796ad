import { accountText } from '../../consensus/account.ts'
import { type ByteKey, concat, copyOf, fromKey, readU32, toHex, writeU32 } from '../../consensus/bytes.ts'
import { Cid } from '../../consensus/cid.ts'

/** What stands behind the prefix byte. All but the last part of a key have a fixed length, so keys scan in their parts' order. */
type Part = 'account' | 'seq' | 'epoch' | 'digest' | 'number' | 'name' | 'bytes'

interface Section {
  /** One ASCII character, the first byte of every key of the section. */
  readonly prefix: string
  readonly parts: readonly Part[]
  /** For people: in front of a key's parts in messages. */
  readonly name: string
  readonly holds: string
}

export const sections = {
  meta: { prefix: 'm', parts: ['name'], name: 'meta', holds: 'one value for each `MetaName`' },
  batch: { prefix: 'b', parts: ['digest'], name: 'batch', holds: 'header, signature and arrival of a batch' },
  // By arrival: LevelDB moves tables of rising keys as they are, tables of random ones are merged again and again.
  body: { prefix: 'd', parts: ['epoch', 'digest'], name: 'body', holds: 'the records of a batch, named by the batch' },
  author: {
    prefix: 'a',
    parts: ['account', 'seq', 'digest'],
    name: 'author',
    holds: 'size and arrival of a known batch',
  },
  outcome: { prefix: 'o', parts: ['digest'], name: 'outcome', holds: "codes of a finalized batch's records" },
  epoch: { prefix: 'e', parts: ['epoch'], name: 'finalized', holds: 'checkpoint, certificate and cut' },
  checkpoint: { prefix: 'c', parts: ['digest'], name: 'checkpoint', holds: 'the epoch of a checkpoint, by its CID' },
  block: { prefix: 'k', parts: ['digest'], name: 'block', holds: 'validator sets and parameters by their CID' },
  state: { prefix: 's', parts: ['bytes'], name: 'state', holds: 'a cell of the ledger' },
  page: { prefix: 'p', parts: ['bytes'], name: 'page', holds: 'a page of the state tree' },
  payouts: { prefix: 'y', parts: ['epoch', 'number'], name: 'payouts', holds: 'the payouts of an epoch, in chunks' },
  flows: { prefix: 'f', parts: ['epoch', 'number'], name: 'flows', holds: 'the flows of an epoch, in chunks' },
  snapshot: { prefix: 'n', parts: ['epoch', 'number'], name: 'snapshot', holds: 'the state of an epoch, in chunks' },
} as const satisfies Record<string, Section>

export type SectionName = keyof typeof sections
export type MetaName = 'version' | 'genesis' | 'chain' | 'head' | 'agreement' | 'peers' | 'join' | 'first' | 'guard'

const accountLength = 32
const digestLength = 32
const u48Length = 6
/** Epochs and seqs are kept in 48 bits. */
export const u48Max = 2 ** 48 - 1
const u32Length = 4

export function metaKey(name: MetaName): Uint8Array {
  return textKey('meta', name)
}

export function batchKey(batch: Cid): Uint8Array {
  return key('batch', batch.digest)
}

export function bodyKey(arrival: number, batch: Cid): Uint8Array {
  return key('body', u48(arrival), batch.digest)
}

/** Without `seq`, or without `batch`: the prefix of all keys below. */
export function authorKey(author: Uint8Array, seq?: number, batch?: Cid): Uint8Array {
  return key('author', author, ...(seq === undefined ? [] : [u48(seq)]), ...(batch === undefined ? [] : [batch.digest]))
}

export function outcomeKey(batch: Cid): Uint8Array {
  return key('outcome', batch.digest)
}

export function epochKey(epoch: number): Uint8Array {
  return key('epoch', u48(epoch))
}

export function checkpointKey(checkpoint: Cid): Uint8Array {
  return key('checkpoint', checkpoint.digest)
}

export function blockKey(block: Cid): Uint8Array {
  return key('block', block.digest)
}

/** Of a cell of the ledger, or the prefix of many. */
export function stateKey(cell: ByteKey): Uint8Array {
  return textKey('state', cell)
}

export function pageKey(page: ByteKey): Uint8Array {
  return textKey('page', page)
}

export type ChunkSection = 'payouts' | 'flows' | 'snapshot'

/** Without `number`: the prefix of all chunks of the epoch. */
export function chunkKey(section: ChunkSection, epoch: number, number?: number): Uint8Array {
  return key(section, u48(epoch), ...(number === undefined ? [] : [u32(number)]))
}

/** The parts of an author's key, as views. */
export function authorKeyParts(key: Uint8Array): { author: Uint8Array; seq: number; digest: Uint8Array } {
  const seqAt = 1 + accountLength
  const digestAt = seqAt + u48Length
  return { author: key.subarray(1, seqAt), seq: readU48(key, seqAt), digest: key.subarray(digestAt) }
}

/** The epoch in the key of a body, a finalized epoch or a chunk. */
export function keyEpoch(key: Uint8Array): number {
  return readU48(key, 1)
}

export function sectionPrefix(section: SectionName): Uint8Array {
  return textKey(section, '')
}

/** The least key above all that begin with `prefix`: the prefix with its last byte that isn't 255 raised by one. */
export function afterPrefix(prefix: Uint8Array): Uint8Array {
  let length = prefix.length
  while (prefix[length - 1] === 255) length--
  const after = copyOf(prefix, 0, length)
  after[length - 1]! += 1
  return after
}

/** The section that a key belongs to; undefined where neither its prefix nor its length is one of ours. */
export function sectionOf(key: Uint8Array): SectionName | undefined {
  return read(key)?.section
}

/** A key for people, such as `author did:key:z6Mk… seq 4 bafy…`. */
export function describeKey(key: Uint8Array): string {
  const known = read(key)
  return known === undefined ? `unknown key ${toHex(key)}` : [sections[known.section].name, ...known.texts].join(' ')
}

function key(section: SectionName, ...parts: Uint8Array[]): Uint8Array {
  return concat(sectionPrefix(section), ...parts)
}

function textKey(section: SectionName, text: ByteKey): Uint8Array {
  return fromKey(sections[section].prefix + text)
}

function u48(value: number): Uint8Array {
  const bytes = new Uint8Array(u48Length)
  bytes[0] = value / 0x100_0000_0000
  bytes[1] = value / 0x1_0000_0000
  writeU32(bytes, 2, value >>> 0)
  return bytes
}

function readU48(bytes: Uint8Array, at: number): number {
  return (bytes[at]! * 0x100 + bytes[at + 1]!) * 0x1_0000_0000 + readU32(bytes, at + 2)
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(u32Length)
  writeU32(bytes, 0, value)
  return bytes
}

const sectionsByPrefix = new Map<number, SectionName>(
  Object.entries(sections).map(([name, { prefix }]) => [prefix.charCodeAt(0), name as SectionName]),
)

function read(key: Uint8Array): { section: SectionName; texts: string[] } | undefined {
  const section = sectionsByPrefix.get(key[0] ?? 0)
  if (section === undefined) return undefined
  const texts: string[] = []
  let at = 1
  for (const part of sections[section].parts) {
    const { length, text } = partReaders[part]
    const end = length === undefined ? key.length : at + length
    if (end > key.length) return undefined
    texts.push(text(key.subarray(at, end)))
    at = end
  }
  return at === key.length ? { section, texts } : undefined
}

/** Length in bytes, undefined where the part reaches to the end of the key. */
const partReaders: Record<Part, { length: number | undefined; text: (bytes: Uint8Array) => string }> = {
  account: { length: accountLength, text: accountText },
  seq: { length: u48Length, text: bytes => `seq ${readU48(bytes, 0)}` },
  epoch: { length: u48Length, text: bytes => `epoch ${readU48(bytes, 0)}` },
  digest: { length: digestLength, text: bytes => Cid.fromDigest(bytes).toString() },
  number: { length: u32Length, text: bytes => `chunk ${readU32(bytes, 0)}` },
  name: { length: undefined, text: bytes => Buffer.from(bytes).toString('latin1') },
  bytes: { length: undefined, text: toHex },
}
