import { recordTree } from '../../consensus/batch.ts'
import { decodeList } from '../../consensus/cbor/decode.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { RecordProof, SignedHeader } from '../../consensus/light/proof/answer.ts'
import { listLayout, listSummands } from '../../consensus/merkle/list-tree.ts'
import { TreeLevels } from '../../consensus/merkle/tree-levels.ts'
import type { LedgerRecord } from '../../consensus/records/registry.ts'
import { batchRecordsMax } from '../../consensus/ref.ts'
import { nativeCrypto as crypto } from '../crypto/native.ts'
import type { Store } from '../store/store.ts'

/** A held batch with the tree over its records, to prove some of them. */
export class BatchRecords {
  readonly batch: Cid
  readonly signed: SignedHeader
  readonly body: Uint8Array
  readonly records: readonly LedgerRecord[]
  readonly #offsets: readonly number[]
  #levels: TreeLevels | undefined

  private constructor(batch: Cid, signed: SignedHeader, body: Uint8Array) {
    const { items, offsets } = decodeList(body, batchRecordsMax)
    this.batch = batch
    this.signed = signed
    this.body = body
    this.records = items as unknown as LedgerRecord[]
    this.#offsets = offsets
  }

  /** Undefined where the batch isn't here. */
  static read(store: Store, batch: Cid): BatchRecords | undefined {
    const stored = store.batches.get(batch)
    const body = store.batches.body(batch)
    if (stored === undefined || body === undefined) return undefined
    return new BatchRecords(batch, { header: stored.header, signature: stored.signature }, body)
  }

  /** What it takes in memory, roughly: records as objects take several times their bytes. */
  get bytes(): number {
    return 8 * this.body.length
  }

  /** Undefined where the batch has no such record. */
  prove(index: number): RecordProof | undefined {
    if (index >= this.records.length) return undefined
    this.#levels ??= new TreeLevels(crypto, listLayout(recordTree), listSummands(this.#spans()))
    return { bytes: this.#span(index), path: this.#levels.path(index) }
  }

  #spans(): Uint8Array[] {
    return this.records.map((_, index) => this.#span(index))
  }

  #span(index: number): Uint8Array {
    return this.body.subarray(this.#offsets[index], this.#offsets[index + 1])
  }
}
