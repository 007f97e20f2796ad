import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { equalBytes } from '../../consensus/bytes.ts'
import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import { Cid } from '../../consensus/cid.ts'
import { InvariantError, LedgerError } from '../../consensus/errors.ts'
import type { ListedKeys } from '../../consensus/ledger/listed-keys.ts'
import { nativeCrypto } from '../crypto/native.ts'
import { AuthorIndex, type BatchPlace, type IndexedBatch } from './author-index.ts'
import { type ArrivedBatch, Batches, batchOps } from './batches.ts'
import { Blocks, blockOp } from './blocks.ts'
import { Cells } from './cells.ts'
import { Chunks } from './chunks.ts'
import type { AuditedValue, Database, DatabaseStats, StoreOp } from './database.ts'
import type { EpochWrite, StateWrite } from './epoch-write.ts'
import { checkpointOp, Epochs, epochOp } from './epochs.ts'
import { CorruptError, explainFailure, StoreOpenError } from './errors.ts'
import { makeFolder } from './folder.ts'
import { guardWaiting } from './guard.ts'
import { decodeHead, type Head, headOp } from './head.ts'
import { type DamagedFile, expectSoundLogs, inspectFiles } from './inspect.ts'
import { authorKey, batchKey, bodyKey, epochKey, metaKey, pageKey, stateKey } from './keys.ts'
import { type DatabaseOptions, LevelDatabase } from './level-database.ts'
import { Outcomes, outcomeOp } from './outcomes.ts'
import { Slot } from './slot.ts'
import { claimVersion } from './version.ts'
import { View } from './view.ts'

/** The folder of the database inside a node's folder. */
export const databaseFolder = 'ledger'

/** All that a node keeps, in one LevelDB: what was written together is there together, after any crash. */
export class Store {
  readonly batches: Batches
  readonly authors: AuthorIndex
  readonly outcomes: Outcomes
  readonly epochs: Epochs
  readonly blocks: Blocks
  readonly state: Cells
  /** Pages of the state tree. */
  readonly pages: Cells
  readonly payouts: Chunks
  readonly flows: Chunks
  readonly snapshots: Chunks
  /** T7: the agreement's durable state; its owner writes it with `sync` before a message leaves. */
  readonly agreement: Slot
  /** Addresses of known peers. */
  readonly peers: Slot
  /** How far a state snapshot has been fetched. */
  readonly join: Slot
  /** T7: from which epoch on a node may vote whose past votes aren't here. */
  readonly guard: Slot
  readonly #database: Database

  private constructor(database: Database) {
    this.#database = database
    this.batches = new Batches(database)
    this.authors = new AuthorIndex(database)
    this.outcomes = new Outcomes(database)
    this.epochs = new Epochs(database)
    this.blocks = new Blocks(database)
    this.state = new Cells(database, stateKey)
    this.pages = new Cells(database, pageKey)
    this.payouts = new Chunks(database, 'payouts')
    this.flows = new Chunks(database, 'flows')
    this.snapshots = new Chunks(database, 'snapshot')
    this.agreement = new Slot(database, 'agreement')
    this.peers = new Slot(database, 'peers')
    this.join = new Slot(database, 'join')
    this.guard = new Slot(database, 'guard')
  }

  /** The store in a node's folder `dir`. Throws StoreOpenError, CorruptError, or a LedgerError that says what to do. */
  static async open(dir: string, options: DatabaseOptions): Promise<Store> {
    const path = join(dir, databaseFolder)
    await prepareFolder(path, options.create)
    await expectSoundLogs(path)
    return Store.on(await LevelDatabase.open(path, options))
  }

  /** The store that a database holds, or a new one in it. Closes the database again if it throws. */
  static async on(database: Database): Promise<Store> {
    const store = new Store(database)
    try {
      await claimVersion(database)
      store.#checkHead()
    } catch (error) {
      await database.close()
      throw error
    }
    return store
  }

  /** What is damaged in the files of a store that isn't open. LevelDB may abort the process over it, so look here before `open`. */
  static inspect(dir: string, onFile?: (file: string) => void): AsyncGenerator<DamagedFile> {
    return inspectFiles(join(dir, databaseFolder), onFile)
  }

  close(): Promise<void> {
    return this.#database.close()
  }

  /** Undefined until `beginAtGenesis` or `beginAtEpoch`. */
  head(): Head | undefined {
    const bytes = this.#database.get(metaKey('head'))
    return bytes && decodeHead(bytes)
  }

  /** The genesis block. */
  genesis(): Uint8Array | undefined {
    return this.#database.get(metaKey('genesis'))
  }

  /** CID of the genesis. */
  chain(): Cid | undefined {
    const bytes = this.#database.get(metaKey('chain'))
    return bytes && new Cid(bytes)
  }

  /** A ledger from its first epoch on: the genesis and the state it opens with. */
  async beginAtGenesis(genesis: Uint8Array, opening: StateWrite): Promise<void> {
    this.#expectNoHead()
    // What an abandoned snapshot left would belong to no root.
    await this.state.clear()
    await this.pages.clear()
    const checkpoint = Cid.of(nativeCrypto, genesis)
    await this.#database.write(
      [...genesisOps(genesis), ...this.#stateOps(opening), headOp({ epoch: 0, checkpoint }), this.join.op(null)],
      true,
    )
  }

  /**
   * A ledger from the epoch of a verified snapshot on, whose cells and pages `write` completes. What led to that epoch stays
   * unknown: it is kept whole from the next one on. If its owner ever voted, nothing here tells: it may vote only after a while (T7).
   */
  async beginAtEpoch(genesis: Uint8Array, write: EpochWrite): Promise<void> {
    this.#expectNoHead()
    await this.#database.sync()
    await this.#database.write(
      [
        ...genesisOps(genesis),
        ...this.#epochOps(write),
        { key: metaKey('first'), value: encode(write.epoch + 1) },
        this.join.op(null),
        this.guard.op(guardWaiting),
      ],
      true,
    )
  }

  /** The first epoch that is kept whole: 1, unless the ledger was joined by a snapshot. */
  first(): number {
    const bytes = this.#database.get(metaKey('first'))
    return bytes === undefined ? 1 : (decode(bytes) as number)
  }

  /**
   * The epoch after the head, in one atomic write, on the disk when it returns. So is all that was written before `synced` began, a
   * `sync` of the caller's or else one of this moment: an epoch never outlives its batches.
   */
  async commitEpoch(write: EpochWrite, synced?: Promise<void>): Promise<void> {
    const head = this.head()
    if (head === undefined || write.epoch !== head.epoch + 1) {
      throw new InvariantError('T4', 'an epoch is committed out of order', { head: head?.epoch, epoch: write.epoch })
    }
    await (synced ?? this.#database.sync())
    await this.#database.write(this.#epochOps(write), true)
  }

  /** Keeps new batches; durable only with `sync`, or after `sync()`. */
  putBatches(batches: readonly ArrivedBatch[], { sync }: { sync: boolean }): Promise<void> {
    return this.#database.write(batches.flatMap(batchOps), sync)
  }

  /** R5: removes the rivals of finalized batches, and tells which. */
  async dropVoid(finalized: Iterable<BatchPlace>): Promise<IndexedBatch[]> {
    const rivals: IndexedBatch[] = []
    for (const { author, seq, batch } of finalized) {
      for (const known of await this.authors.at(author, seq)) if (!known.batch.equals(batch)) rivals.push(known)
    }
    await this.dropBatches(rivals)
    return rivals
  }

  /** Removes batches that are not final: void ones, and those that the mempool gives up. */
  async dropBatches(places: readonly BatchPlace[]): Promise<void> {
    if (places.length === 0) return
    await this.#database.write(
      places.flatMap(place => this.#dropOps(place)),
      false,
    )
  }

  /** Any writes at once, all or nothing. Keys come from `keys.ts`. */
  write(ops: readonly StoreOp[], { sync }: { sync: boolean }): Promise<void> {
    return this.#database.write(ops, sync)
  }

  /** Puts all writes that have returned on the disk. */
  sync(): Promise<void> {
    return this.#database.sync()
  }

  /** The state of this moment, to be executed on; `listed` is what `keysFrom` will be asked for. */
  view(listed: Partial<ListedKeys> = {}): Promise<View> {
    return View.open(this.#database, listed)
  }

  /** What this process' own writes came to, those of the engine's thread left out; undefined where nothing counts them. */
  stats(): DatabaseStats | undefined {
    return this.#database.stats?.()
  }

  /** Every stored value, with what is wrong with it, if anything. */
  scan(): AsyncGenerator<AuditedValue> {
    return this.#database.audit()
  }

  #stateOps({ state, pages, blocks }: StateWrite): StoreOp[] {
    return [...this.state.ops(state), ...this.pages.ops(pages), ...blocks.map(blockOp)]
  }

  #epochOps(write: EpochWrite): StoreOp[] {
    const { epoch, record } = write
    return [
      epochOp(epoch, record),
      checkpointOp(epoch, record.checkpoint),
      ...this.#lastCertificateOps(write),
      ...Array.from(write.outcomes, ([batch, outcome]) => outcomeOp(batch, outcome)),
      ...this.#stateOps(write),
      ...this.payouts.ops(epoch, write.payoutChunks),
      ...this.flows.ops(epoch, write.flowChunks),
      headOp({ epoch, checkpoint: Cid.of(nativeCrypto, record.checkpoint) }),
    ]
  }

  #lastCertificateOps({ epoch, lastCertificate }: EpochWrite): StoreOp[] {
    const last = this.epochs.get(epoch - 1)
    if (last === undefined || lastCertificate === null || equalBytes(last.certificate, lastCertificate)) return []
    return [epochOp(epoch - 1, { ...last, certificate: lastCertificate })]
  }

  #dropOps({ author, seq, batch }: BatchPlace): StoreOp[] {
    if (this.outcomes.get(batch) !== undefined) {
      throw new InvariantError('R5', 'a finalized batch is to be dropped', { batch: batch.toString() })
    }
    const stored = this.batches.get(batch)
    if (stored === undefined) return []
    const keys = [batchKey(batch), bodyKey(stored.arrival, batch), authorKey(author, seq, batch)]
    return keys.map(key => ({ key, value: null }))
  }

  #expectNoHead(): void {
    const head = this.head()
    if (head !== undefined) {
      throw new LedgerError(
        'store-begun',
        `${this.#database.dir} already holds a ledger, at epoch ${head.epoch}`,
        { head },
        'choose an empty folder',
      )
    }
  }

  /** A damaged log loses its tail in silence: what the head names has to be there. */
  #checkHead(): void {
    const head = this.head()
    if (head === undefined) return
    const block = head.epoch === 0 ? this.genesis() : this.epochs.get(head.epoch)?.checkpoint
    const key = head.epoch === 0 ? metaKey('genesis') : epochKey(head.epoch)
    if (block === undefined) throw new CorruptError(key, 'missing, though the head names it')
    if (!equalBytes(nativeCrypto.sha256(block), head.checkpoint.digest))
      throw new CorruptError(key, 'not what the head names')
  }
}

function genesisOps(genesis: Uint8Array): StoreOp[] {
  return [
    { key: metaKey('genesis'), value: genesis },
    { key: metaKey('chain'), value: Cid.of(nativeCrypto, genesis).bytes },
  ]
}

async function prepareFolder(path: string, create: boolean): Promise<void> {
  if (create) return await makeFolder(path)
  try {
    await access(join(path, 'CURRENT'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw explainFailure(error, path)
    throw new StoreOpenError(
      'store-missing',
      `there is no ledger in ${path}`,
      { dir: path },
      'check --data DIR, or start a node on it first',
    )
  }
}
