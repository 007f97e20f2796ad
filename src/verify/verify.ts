import { join } from 'node:path'
import { encodeValidatorSet } from '../../consensus/agreement/validator-set.ts'
import { equalBytes } from '../../consensus/bytes.ts'
import { decode } from '../../consensus/cbor/decode.ts'
import { decodeCheckpoint } from '../../consensus/checkpoint.ts'
import { Cid } from '../../consensus/cid.ts'
import { decodeGenesis } from '../../consensus/genesis.ts'
import { genesisValidators } from '../../consensus/ledger/genesis-state.ts'
import { nativeCrypto } from '../crypto/native.ts'
import { CorruptError, StoreOpenError } from '../store/errors.ts'
import { authorKey, epochKey, keyEpoch, metaKey, sectionOf } from '../store/keys.ts'
import { LevelDatabase } from '../store/level-database.ts'
import { databaseFolder, Store } from '../store/store.ts'
import { checkBatch } from './check-batch.ts'
import { checkEpoch, checkGenesisBlocks } from './check-epoch.ts'
import { checkStateTree } from './check-tree.ts'
import type { Checking } from './checking.ts'
import { type Finding, Findings } from './findings.ts'
import { Live } from './live.ts'
import { Replay } from './replay.ts'
import { scanValues } from './scan.ts'

export interface VerifyReport {
  /** Nothing is wrong. */
  readonly ok: boolean
  /** The newest final epoch. */
  readonly epoch: number
  /** The first epoch of which there is anything: 1, unless the node joined by the snapshot of this one. */
  readonly first: number
  /** How many epochs were executed again. */
  readonly executed: number
  /** Stored values that were read. */
  readonly values: number
  readonly findings: readonly Finding[]
  /** Findings beyond those listed. */
  readonly omitted: number
}

export interface VerifyOptions {
  /** Called after each epoch of each of the two passes. */
  readonly onProgress?: (pass: 'check' | 'execute', epoch: number, epochs: number) => void
  readonly signal?: AbortSignal
}

/**
 * Reads a node's folder as if nobody had checked anything before: every file of the database, every value against its checksum, every
 * batch, certificate and link from the genesis on, every root over what is stored; then executes the whole ledger again and
 * compares what comes out, to the byte. Whatever is wrong, missing or too much is named by its key. The caller makes sure that
 * no node runs on the folder. Throws StoreOpenError where there is no ledger to read.
 */
export async function verifyStore(dir: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const findings = new Findings()
  await inspectFiles(dir, findings)
  // LevelDB may abort the process over damaged files, or throw more away.
  if (findings.count > 0) return report(findings, { epoch: 0, first: 1, executed: 0, values: 0 })
  const store = await openForVerify(dir, findings)
  if (store === undefined) return scanOnly(dir, findings)
  try {
    return await new Verification(store, findings, options).run()
  } finally {
    await store.close()
  }
}

async function inspectFiles(dir: string, findings: Findings): Promise<void> {
  for await (const { file, at, problem, keys } of Store.inspect(dir)) {
    const place = `${file}, byte ${at}: ${problem}`
    if (keys.length === 0) findings.add(place, 'damaged file')
    for (const key of keys) findings.add(key, `damaged in ${place}`)
  }
}

/** A store that is too damaged to be opened is a finding. */
async function openForVerify(dir: string, findings: Findings): Promise<Store | undefined> {
  try {
    return await Store.open(dir, { create: false, multithreading: false })
  } catch (error) {
    if (error instanceof CorruptError) {
      findings.caught(error.key, error)
      // What opening reads is the version, the head, and what the head names.
      if (sectionOf(error.key) === 'epoch') findings.add(metaKey('head'), 'names a checkpoint that is not there')
    } else if (error instanceof StoreOpenError) {
      if (error.code !== 'store-foreign') throw error
      findings.add(metaKey('version'), 'missing')
    } else findings.caught('meta version, meta head, or the epoch that it names', error)
    return undefined
  }
}

/** What can be said of values that don't make up a ledger. */
async function scanOnly(dir: string, findings: Findings): Promise<VerifyReport> {
  const database = await LevelDatabase.open(join(dir, databaseFolder), { create: false, multithreading: false })
  try {
    const values = await scanValues(database.audit(), undefined, findings)
    return report(findings, { epoch: 0, first: 1, executed: 0, values })
  } finally {
    await database.close()
  }
}

class Verification {
  readonly #store: Store
  readonly #findings: Findings
  readonly #options: VerifyOptions
  readonly #live = new Live()
  #first = 1
  #wholeFrom = 1
  #head = 0
  #executed = 0
  #executableMax = 0

  constructor(store: Store, findings: Findings, options: VerifyOptions) {
    this.#store = store
    this.#findings = findings
    this.#options = options
  }

  async run(): Promise<VerifyReport> {
    const { genesis, chain } = this.#origin()
    const head = this.#findings.attempt(metaKey('head'), () => this.#store.head() ?? 'missing')
    if (head === 'missing') this.#findings.add(metaKey('head'), 'missing')
    if (chain === undefined || head === undefined || head === 'missing') return this.#scan(undefined)
    this.#head = head.epoch
    this.#wholeFrom = this.#findings.attempt(metaKey('first'), () => this.#store.first()) ?? 1
    this.#first = await this.#firstEpoch()
    await this.#checkEpochs(chain, genesis)
    await this.#checkPending(chain)
    const replay =
      genesis === undefined || this.#first > 1
        ? undefined
        : await Replay.begin(this.#store, genesis, this.#live, this.#findings)
    try {
      const complete = replay !== undefined && (await this.#execute(replay))
      if (complete) await replay.compareState()
      else await this.#checkTree()
      return await this.#scan(complete ? replay.twin : undefined, true)
    } finally {
      await replay?.end()
    }
  }

  #genesis(): Uint8Array | undefined {
    const key = metaKey('genesis')
    return this.#findings.attempt(key, () => {
      const genesis = this.#store.genesis()
      if (genesis === undefined) this.#findings.add(key, 'missing')
      else decodeGenesis(genesis)
      return genesis
    })
  }

  /** The genesis block and the chain's name have to agree; where they don't, the first checkpoint tells which is wrong. */
  #origin(): { genesis: Uint8Array | undefined; chain: Cid | undefined } {
    const genesis = this.#genesis()
    const key = metaKey('chain')
    const stored = this.#findings.attempt(key, () => this.#store.chain() ?? 'missing')
    if (stored === 'missing') this.#findings.add(key, 'missing')
    const chain = stored === 'missing' ? undefined : stored
    const named = genesis && Cid.of(nativeCrypto, genesis)
    if (named === undefined || chain === undefined || named.equals(chain)) return { genesis, chain: named ?? chain }
    if (this.#firstChain()?.equals(named)) {
      this.#findings.add(key, 'not the name of the genesis')
      return { genesis, chain: named }
    }
    this.#findings.add(metaKey('genesis'), 'not the genesis of this chain')
    return { genesis: undefined, chain }
  }

  #firstChain(): Cid | undefined {
    return this.#findings.attempt(epochKey(1), () => {
      const record = this.#store.epochs.get(1)
      return record && decodeCheckpoint(record.checkpoint).chain
    })
  }

  /** A node that joined at a snapshot has nothing of the epochs before. One trace of them, and they are missing. */
  async #firstEpoch(): Promise<number> {
    const isThere = this.#findings.attempt(epochKey(1), () => this.#store.epochs.get(1) !== undefined)
    if (isThere !== false) return 1
    let first = this.#head
    for await (const { key, value } of this.#store.scan()) {
      const epoch = key === undefined || value === undefined ? undefined : epochOfTrace(key, value)
      if (epoch !== undefined) first = Math.min(first, epoch)
    }
    return Math.max(1, first)
  }

  async #checkEpochs(chain: Cid, genesis: Uint8Array | undefined): Promise<void> {
    const whole = this.#first === 1
    const opening = genesis === undefined ? undefined : decodeGenesis(genesis)
    const checking: Checking = {
      store: this.#store,
      chain,
      live: this.#live,
      findings: this.#findings,
      wholeFrom: this.#wholeFrom,
      prev: whole ? chain : undefined,
      validators: whole && opening ? Cid.of(nativeCrypto, encodeValidatorSet(genesisValidators(opening))) : undefined,
      time: opening?.time ?? -1,
      certificate: whole ? null : undefined,
      heads: whole ? new Map() : undefined,
      executableMax: this.#head,
    }
    if (whole && opening !== undefined) checkGenesisBlocks(checking, opening)
    for (let epoch = this.#first; epoch <= this.#head; epoch++) {
      this.#options.signal?.throwIfAborted()
      await checkEpoch(checking, epoch)
      this.#options.onProgress?.('check', epoch, this.#head)
    }
    this.#executableMax = checking.executableMax
  }

  /** Batches that are held and not final. */
  async #checkPending(chain: Cid): Promise<void> {
    await this.#findings.attemptAsync('author', async () => {
      for await (const { author, seq, batch } of this.#store.authors.all()) {
        if (this.#live.hasBatch(batch.digest)) continue
        this.#live.batch(batch, { final: false })
        const { header } = await checkBatch(this.#store, chain, batch, this.#findings)
        const isPlace = header?.seq === seq && equalBytes(header.author, author)
        if (!isPlace) this.#findings.add(authorKey(author, seq, batch), 'not the place of a batch that is here')
      }
    })
  }

  /** False where an epoch can't be executed again, or differs. */
  async #execute(replay: Replay): Promise<boolean> {
    for (let epoch = 1; epoch <= this.#head; epoch++) {
      this.#options.signal?.throwIfAborted()
      if (epoch > this.#executableMax || !(await replay.epoch(epoch))) return false
      this.#executed = epoch
      this.#options.onProgress?.('execute', epoch, this.#head)
    }
    return true
  }

  async #checkTree(): Promise<void> {
    const record = this.#findings.attempt(epochKey(this.#head), () => this.#store.epochs.get(this.#head))
    if (record === undefined) return
    const checkpoint = this.#findings.attempt(epochKey(this.#head), () => decodeCheckpoint(record.checkpoint))
    if (checkpoint !== undefined) await checkStateTree(this.#store, checkpoint.stateRoot, this.#findings)
  }

  async #scan(twin: Store | undefined, checked = false): Promise<VerifyReport> {
    const belonging = checked ? { live: this.#live, first: this.#first, head: this.#head, twin } : undefined
    const values = await scanValues(this.#store.scan(), belonging, this.#findings)
    return report(this.#findings, { epoch: this.#head, first: this.#first, executed: this.#executed, values })
  }
}

/** The epoch that a stored value belongs to. */
function epochOfTrace(key: Uint8Array, value: Uint8Array): number | undefined {
  switch (sectionOf(key)) {
    case 'epoch':
    case 'payouts':
    case 'flows':
      return keyEpoch(key)
    case 'outcome':
      return (decode(value) as [number])[0]
    default:
      return undefined
  }
}

function report(
  findings: Findings,
  about: Pick<VerifyReport, 'epoch' | 'first' | 'executed' | 'values'>,
): VerifyReport {
  const listed = findings.all
  return { ok: findings.count === 0, ...about, findings: listed, omitted: findings.count - listed.length }
}
