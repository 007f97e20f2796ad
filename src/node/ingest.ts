import { type Batch, type BatchBytes, decodeHeader, openBatch } from '../../consensus/batch.ts'
import { fromKey, toKey } from '../../consensus/bytes.ts'
import { Cid } from '../../consensus/cid.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import { LedgerError } from '../../consensus/errors.ts'
import type { AccountCell } from '../../consensus/ledger/cells/account.ts'
import { byteFee } from '../../consensus/ledger/cut-rules.ts'
import { Counts } from '../../network/counts.ts'
import { nativeCrypto } from '../crypto/native.ts'
import { finalSeq } from '../query/final-seq.ts'
import type { BatchPlace, IndexedBatch } from '../store/author-index.ts'
import { type ArrivedBatch, batchSize } from '../store/batches.ts'
import type { Store } from '../store/store.ts'
import { type ChainHead, readAccount } from './chain-head.ts'
import type { AddOutcome, Lane, Mempool, PendingBatch } from './mempool.ts'

/** What became of a batch that came in. */
export type IngestOutcome = AddOutcome | 'final' | 'void'

export interface Ingested {
  readonly outcome: IngestOutcome
  readonly batch: Batch
}

/** Whether an error is the fault of whoever signed or sent the bytes, and not this node's. */
export function isForeignFault(error: unknown): boolean {
  return error instanceof LedgerError && ['malformed', 'encoding', 'signature'].includes(error.code)
}

interface TakeOptions {
  readonly durable: boolean
  readonly wanted?: boolean
}

interface Arrival {
  readonly arrived: ArrivedBatch
  readonly durable: boolean
  resolve(): void
  reject(error: unknown): void
}

/** What the store is to do next; in this order, since a batch that was dropped may come again. */
type Queued = Arrival | { readonly dropped: readonly BatchPlace[] }

export interface IngestOptions {
  readonly store: Store
  readonly mempool: Mempool
  readonly chain: Cid
  readonly head: () => Pick<ChainHead, 'epoch' | 'params'>
  /** Instead of the platform's. */
  readonly crypto?: Crypto
  /** The store doesn't take what is already indexed: nothing can be relied on any more. */
  readonly onFatal: (error: Error) => void
}

/**
 * The one way of a batch into the node: proved from its bytes (R2 to R4), indexed, stored. Writes that wait together go
 * together, so that a sync serves many submitters.
 */
export class Ingest {
  /** Batches that came in, by what became of them; `forged` is what was signed or sent wrongly. */
  readonly counts = new Counts<IngestOutcome | 'forged'>()
  readonly #store: Store
  readonly #mempool: Mempool
  readonly #chain: Cid
  readonly #head: IngestOptions['head']
  readonly #crypto: Crypto
  readonly #onFatal: (error: Error) => void
  /** By CID: indexed, and not yet taken by the store. */
  readonly #unwritten = new Map<string, Promise<void>>()
  #queue: Queued[] = []
  #writing = false

  constructor(options: IngestOptions) {
    this.#store = options.store
    this.#mempool = options.mempool
    this.#chain = options.chain
    this.#head = options.head
    this.#crypto = options.crypto ?? nativeCrypto
    this.#onFatal = options.onFatal
  }

  /** Resolves when the store has all that is indexed by now. */
  async written(): Promise<void> {
    await Promise.allSettled(this.#unwritten.values())
  }

  /** A pending batch that the store has. */
  stored(cid: Cid): PendingBatch | undefined {
    return this.#unwritten.has(cid.key) ? undefined : this.#mempool.get(cid)
  }

  /**
   * Throws MalformedError, EncodingError or LedgerError `signature` for bytes that are no batch. With `durable`, resolves when
   * the batch is on the disk; without, when it is handed to the store. What a cut needs is `wanted`: it goes past the bounds.
   */
  async take(bytes: BatchBytes, options: TakeOptions): Promise<Ingested> {
    try {
      const ingested = await this.#take(bytes, options)
      this.counts.add(ingested.outcome)
      return ingested
    } catch (error) {
      if (isForeignFault(error)) this.counts.add('forged')
      throw error
    }
  }

  async #take(bytes: BatchBytes, { durable, wanted = false }: TakeOptions): Promise<Ingested> {
    const cid = Cid.of(this.#crypto, bytes.header)
    const held = this.#mempool.get(cid)
    // Known by its header; a body that differs is none of that header and isn't looked at.
    if (held !== undefined) {
      const batch = openBatch(this.#crypto, this.#chain, bytes)
      await this.#unwritten.get(cid.key)
      if (durable) await this.#store.sync()
      return { outcome: 'known', batch }
    }
    const batch = openBatch(this.#crypto, this.#chain, bytes)
    const account = readAccount(this.#store, toKey(batch.author))
    if (batch.seq <= account.seq) return { outcome: this.#store.outcomes.get(cid) ? 'final' : 'void', batch }
    const arrived: ArrivedBatch = {
      ...bytes,
      batch: cid,
      author: batch.author,
      seq: batch.seq,
      arrival: this.#head().epoch,
    }
    const pending: PendingBatch = {
      cid,
      author: toKey(batch.author),
      seq: batch.seq,
      prev: batch.prev,
      bytes: batchSize(arrived),
      arrival: arrived.arrival,
    }
    const outcome = this.#mempool.add(pending, wanted ? 'wanted' : this.#laneOf(pending, account))
    if (outcome === 'added') await this.#write(arrived, durable)
    return { outcome, batch }
  }

  /** Whoever goes on its author's chain and can be paid for with all that stands before it pays once it is final. */
  #laneOf({ author, seq, prev, bytes }: PendingBatch, account: AccountCell): Lane {
    const branch = this.#mempool.branch(author, account)
    const last = branch.at(-1)?.cid ?? account.head
    const follows = seq === account.seq + branch.length + 1 && (last === null ? prev === null : prev?.equals(last))
    const fee = byteFee(
      this.#head().params,
      branch.reduce((sum, held) => sum + held.bytes, bytes),
    )
    return follows === true && fee <= account.balance ? 'paid' : 'free'
  }

  /**
   * After an epoch: gives up what came before `arrival`, and what only its cuts wanted and nobody has room for. Tells how many these
   * are. Nothing that was voted for goes before its epoch is final (T4).
   */
  release(arrival: number): number {
    const expired = this.#mempool.expire(arrival)
    const unwanted = this.#mempool.release(batch => this.#laneOf(batch, readAccount(this.#store, batch.author)))
    const dropped = [...expired, ...unwanted].map(({ author, seq, cid }) => {
      return { author: fromKey(author), seq, batch: cid }
    })
    if (dropped.length > 0) this.#enqueue({ dropped })
    return dropped.length
  }

  #write(arrived: ArrivedBatch, durable: boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const { key } = arrived.batch
    const settled = promise.finally(() => this.#unwritten.delete(key))
    this.#unwritten.set(key, settled)
    this.#enqueue({ arrived, durable, resolve, reject })
    return settled
  }

  #enqueue(queued: Queued): void {
    this.#queue.push(queued)
    void this.#drain()
  }

  async #drain(): Promise<void> {
    if (this.#writing) return
    this.#writing = true
    while (this.#queue.length > 0) {
      const arrivals = this.#takeArrivals()
      try {
        if (arrivals.length > 0) await this.#put(arrivals)
        const next = this.#queue[0]
        if (next === undefined || 'arrived' in next) continue
        this.#queue.shift()
        await this.#store.dropBatches(next.dropped)
      } catch (error) {
        for (const { reject } of arrivals) reject(error)
        this.#onFatal(error as Error)
      }
    }
    this.#writing = false
  }

  /** Those up to the next drop. */
  #takeArrivals(): Arrival[] {
    const isArrival = (queued: Queued): queued is Arrival => 'arrived' in queued
    const end = this.#queue.findIndex(queued => !isArrival(queued))
    return this.#queue.splice(0, end === -1 ? this.#queue.length : end).filter(isArrival)
  }

  async #put(arrivals: readonly Arrival[]): Promise<void> {
    await this.#store.putBatches(
      arrivals.map(({ arrived }) => arrived),
      { sync: arrivals.some(({ durable }) => durable) },
    )
    const late = arrivals.map(({ arrived }) => arrived).filter(arrived => this.#isVoid(arrived))
    await this.#store.dropBatches(late)
    for (const { resolve } of arrivals) resolve()
  }

  /** Its place became final while it waited: the rivals of that epoch were dropped before it was there, and nobody would look again. */
  #isVoid({ author, seq, batch }: ArrivedBatch): boolean {
    return seq <= finalSeq(this.#store, toKey(author)) && this.#store.outcomes.get(batch) === undefined
  }
}

/**
 * Fills the mempool with what the store holds beyond the final heads, in the order of arrival. All of it counts as wanted until the
 * epoch under way is final: this node may have voted for it.
 */
export async function loadPending(store: Store, mempool: Mempool, chain: Cid): Promise<void> {
  const pending: IndexedBatch[] = []
  for await (const known of store.authors.beyond(author => finalSeq(store, toKey(author)))) pending.push(known)
  pending.sort((a, b) => a.arrival - b.arrival)
  for (const { author, seq, batch, bytes, arrival } of pending) {
    const stored = store.batches.get(batch)
    if (stored === undefined) throw new LedgerError('store-gap', `batch ${batch} is indexed but not stored`)
    const { prev } = decodeHeader(stored.header, chain)
    mempool.add({ cid: batch, author: toKey(author), seq, prev, bytes, arrival }, 'wanted')
  }
}
