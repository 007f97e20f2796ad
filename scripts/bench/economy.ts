import { type Batch, type BatchBytes, type BatchDraft, batchSigningBytes, draftBatch } from '../../consensus/batch.ts'
import { type ByteKey, compareKeys, toKey, writeU32 } from '../../consensus/bytes.ts'
import { decode } from '../../consensus/cbor/decode.ts'
import { Cid, codecRaw } from '../../consensus/cid.ts'
import { encodeGenesis, type Genesis, newGenesis } from '../../consensus/genesis.ts'
import { type EpochResult, executeEpoch } from '../../consensus/ledger/execute.ts'
import { genesisState } from '../../consensus/ledger/genesis-state.ts'
import { type Params, testnetParams } from '../../consensus/params.ts'
import type { LedgerRecord } from '../../consensus/records/registry.ts'
import { voucherBytes } from '../../consensus/records/voucher.ts'
import { type Ref, refKey } from '../../consensus/ref.ts'
import { nativeCrypto as crypto } from '../../src/crypto/native.ts'
import { type SigningKey, signingKey } from '../../src/crypto/signing-key.ts'

/** Batches as large as the inferences of the measurements are packed. */
export const recordsPerBatch = 512

const whole = 1_000_000
const mebibyte = 1024 * 1024

export interface WrittenBatch extends BatchBytes {
  readonly cid: Cid
  readonly author: Uint8Array
  readonly seq: number
  readonly prev: Cid | null
  readonly count: number
}

/** One author: packs records into a chain of signed batches. */
export class Author {
  readonly key: SigningKey
  readonly #chain: Cid
  #seq = 0
  #prev: Cid | null = null

  constructor(chain: Cid, key: SigningKey) {
    this.#chain = chain
    this.key = key
  }

  /** Takes records one by one: a million of them need not be there at once. */
  write(records: Iterable<LedgerRecord>): WrittenBatch[] {
    const batches: WrittenBatch[] = []
    let packed: LedgerRecord[] = []
    for (const record of records) {
      if (packed.push(record) < recordsPerBatch) continue
      batches.push(this.#batch(packed))
      packed = []
    }
    if (packed.length > 0) batches.push(this.#batch(packed))
    return batches
  }

  #batch(records: readonly LedgerRecord[]): WrittenBatch {
    const author = this.key.publicKey
    const draft: BatchDraft = { chain: this.#chain, author, seq: ++this.#seq, prev: this.#prev, time: 0, records }
    const { header, body, cid } = draftBatch(crypto, draft)
    const signature = this.key.sign(batchSigningBytes(header))
    const { seq, prev } = draft
    this.#prev = cid
    return { header, body, cid, signature, author, seq, prev, count: records.length }
  }
}

/** 32 bytes. */
export function seedOf(name: string): Uint8Array {
  return crypto.sha256(new TextEncoder().encode(`bench/${name}`))
}

export function keyOf(name: string): SigningKey {
  return signingKey(seedOf(name))
}

export function hashOf(...numbers: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(numbers.length * 4)
  numbers.forEach((number, i) => {
    writeU32(bytes, i * 4, number)
  })
  return crypto.sha256(bytes)
}

/** A ledger in memory with one builder of data, one payer and one provider. */
export class Economy {
  readonly chain: Cid
  readonly builder: Author
  readonly payer: Author
  readonly provider: Author
  readonly state: Map<ByteKey, Uint8Array>
  readonly pages = new Map<ByteKey, Uint8Array>()
  #epoch = 0

  constructor() {
    const genesis = genesisOf(0, { ...testnetParams, maxEpochBytes: 256 * mebibyte })
    this.chain = Cid.of(crypto, encodeGenesis(genesis))
    this.builder = new Author(this.chain, keyOf('builder'))
    this.payer = new Author(this.chain, keyOf('payer'))
    this.provider = new Author(this.chain, keyOf('provider'))
    const { state, pages } = genesisState(crypto, genesis)
    this.state = new Map(state)
    apply(this.pages, pages)
  }

  /** Executes batches as one epoch. The time is that of execution with all commitments, without applying it. */
  play(author: Author, batches: readonly WrittenBatch[]): { result: EpochResult; ms: number } {
    const source = { get: (key: ByteKey) => this.state.get(key), keysFrom: (prefix: ByteKey) => this.#keysFrom(prefix) }
    const part = { author: toKey(author.key.publicKey), bytes: 1, batches: () => heldOneByOne(batches) }
    const began = performance.now()
    const pages = { get: (key: ByteKey) => this.pages.get(key) }
    const input = { chain: this.chain, epoch: this.#epoch + 1, parts: [part], lastSigners: [] }
    const result = executeEpoch(crypto, source, pages, input)
    const ms = performance.now() - began
    this.#epoch++
    apply(this.state, result.state)
    apply(this.pages, result.pages)
    return { result, ms }
  }

  #keysFrom(prefix: ByteKey): ByteKey[] {
    return [...this.state.keys()].filter(key => key.startsWith(prefix)).sort(compareKeys)
  }

  /** A datanet with lineages of the given depth, a model over all of it, and a paid-up session; refs of the assets. */
  prepare(assets: number, depth: number): { assets: Ref[]; model: Ref; session: Ref } {
    const [net] = this.builder.write([datanetRecord])
    this.play(this.builder, [net!])
    const datanet: Ref = [net!.cid, 0]
    const refs: Ref[] = []
    let above: Ref[] = []
    for (let level = 0; level < depth; level++) {
      const records = Array.from({ length: assets / depth }, (_, i) => assetRecord(datanet, level, i, above[i]))
      const batches = this.builder.write(records)
      this.play(this.builder, batches)
      above = batches.flatMap(({ cid, count: length }) => Array.from({ length }, (_, i): Ref => [cid, i]))
      refs.push(...above)
    }
    const [model] = this.builder.write([{ ...modelRecord, data: [[datanet, whole]] }])
    this.play(this.builder, [model!])
    const session = this.#openSession()
    return { assets: refs, model: [model!.cid, 0], session }
  }

  #openSession(): Ref {
    const deposit = 500_000_000_000_000
    const [batch] = this.payer.write([
      { kind: 'session', payee: this.provider.key.publicKey, deposit, expires: 1_000_000 },
    ])
    this.play(this.payer, [batch!])
    const session: Ref = [batch!.cid, 0]
    const signature = this.payer.key.sign(voucherBytes(this.chain, refKey(batch!.cid, 0), deposit))
    this.play(this.provider, this.provider.write([{ kind: 'voucher', session, total: deposit, signature }]))
    return session
  }
}

/** Inferences of which 19 in 20 name two assets each, as the traces of real services are made to. */
export function* inferences(
  count: number,
  { assets, model, session }: ReturnType<Economy['prepare']>,
): Generator<LedgerRecord> {
  for (let i = 0; i < count; i++) {
    const first = assets[(i * 7919) % assets.length]!
    const second = assets[(i * 104_729 + 13) % assets.length]!
    const isNamed = i % 20 !== 0 && first !== second
    const request = hashOf(i, 1)
    const response = hashOf(i, 2)
    const fee = 1_000 + (i % 3_000)
    const uses = isNamed ? { uses: [[first, 600_000] as const, [second, 400_000] as const] } : {}
    yield { kind: 'inference', session, model, request, response, tokensIn: 374, tokensOut: 44, fee, ...uses }
  }
}

export const datanetRecord: LedgerRecord = {
  kind: 'datanet',
  name: 'bench',
  admission: 'open',
  reviewers: [],
  ownerShare: 50_000,
  originShare: 400_000,
  refinerShare: 500_000,
}

export const modelRecord = {
  kind: 'model',
  name: 'bench',
  baseShare: 0,
  minBaseShare: 0,
  price: { in: 2_000, out: 6_000 },
} as const

function assetRecord(datanet: Ref, level: number, i: number, parent: Ref | undefined): LedgerRecord {
  const content = Cid.fromDigest(hashOf(level, i), codecRaw)
  const fields = { datanet, content, size: 1_000, media: 'text/plain' }
  if (parent === undefined) return { kind: 'contribution', ...fields }
  return { kind: 'refinement', ...fields, parents: [[parent, whole]] }
}

/** One validator, and a payer who can pay for everything. */
export function genesisOf(time: number, params: Params): Genesis {
  const account = toKey(keyOf('validator').publicKey)
  return newGenesis({
    name: 'bench',
    time,
    params,
    accounts: [[toKey(keyOf('payer').publicKey), 900_000_000_000_000]],
    validators: [{ account, key: keyOf('vote').publicKey, stake: 1_000_000_000, commission: 100_000, name: 'bench' }],
  })
}

function* heldOneByOne(batches: readonly WrittenBatch[]): Generator<Batch> {
  for (const batch of batches) yield held(batch)
}

/** As execution gets it from a store: proved before, decoded on the way. */
function held(batch: WrittenBatch) {
  const { cid, author, seq, prev, count } = batch
  const unread = { chain: cid, time: 0, body: cid, count, root: author }
  return { ...unread, cid, author, seq, prev, records: decodeRecords(batch.body) }
}

function decodeRecords(body: Uint8Array): LedgerRecord[] {
  return decode(body) as unknown as LedgerRecord[]
}

function apply(target: Map<ByteKey, Uint8Array>, changes: ReadonlyMap<ByteKey, Uint8Array | null>): void {
  for (const [key, value] of changes) {
    if (value === null) target.delete(key)
    else target.set(key, value)
  }
}
