import type { Cid } from '../../consensus/cid.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { within } from '../../network/deadline.ts'
import type { Network } from '../../network/network.ts'
import type { PeerText } from '../../network/peer.ts'
import { type BatchFrame, batchFrame } from '../../network/protocols/batches.ts'
import type { LightServing } from '../api/light-serving.ts'
import type { SigningKey } from '../crypto/signing-key.ts'
import { expectKnown } from '../engine/epoch-opening.ts'
import { Prover } from '../proofs/prover.ts'
import { SnapshotKeeper } from '../snapshots/snapshot-keeper.ts'
import type { Store } from '../store/store.ts'
import { AgreementHost } from './agreement-host.ts'
import { BatchFetcher } from './batch-fetcher.ts'
import type { CutContext } from './cut-builder.ts'
import { EvidenceReporter } from './evidence-reporter.ts'
import { failureFacts } from './failure-facts.ts'
import { GapFiller, gapMs } from './gap-filler.ts'
import { gossipHandlers } from './gossip.ts'
import { HandOver } from './hand-over.ts'
import { Ingest, loadPending } from './ingest.ts'
import { keepPeers } from './known-peers.ts'
import { Ledger } from './ledger.ts'
import { Mempool } from './mempool.ts'
import { closeParts, type NodeOptions, type NodeParts, openParts, type Wiring } from './node-parts.ts'
import type { NodeStats } from './node-stats.ts'
import { accountInOffice } from './office.ts'
import { protocolHandlers } from './serving.ts'
import { lightServing } from './serving-light.ts'
import { Sync } from './sync.ts'
import { ValueJudge } from './value-judge.ts'
import { VotePuller } from './vote-puller.ts'

/** How much is held pending: some full cuts, of which one author has at most its share. */
const mempoolCuts = 4
const authorBatchesMax = 4096
const rivalsMax = 4
/** Epochs that a batch may wait: none that can be included waits nearly as long (T11). */
const pendingEpochsMax = 360
/** T8: own timers, whether or not there is progress. */
const resendMs = 1_000
const pullMs = 1_000
const keepPeersMs = 60_000
/** How long sync may take to end before the engine is closed under it. */
const stopMs = 2_000

/** A running node: everything between its sockets and its store. */
export class Node {
  readonly store: Store
  readonly chain: Cid
  readonly ledger: Ledger
  readonly mempool: Mempool
  readonly voteKey: SigningKey | undefined
  /** What light nodes are given. */
  readonly light: LightServing
  /** Settles when the node has ended by itself: halted as told, or failed. */
  readonly done: Promise<Error | undefined>
  readonly #parts: NodeParts
  readonly #ingest: Ingest
  readonly #prover: Prover
  readonly #snapshots: SnapshotKeeper
  readonly #fetcher: BatchFetcher
  readonly #judge: ValueJudge
  readonly #agreement: AgreementHost
  readonly #sync: Sync
  readonly #evidence: EvidenceReporter
  readonly #gaps: GapFiller
  readonly #votes: VotePuller
  readonly #handOver: HandOver
  readonly #abort = new AbortController()
  #stopTimers: (() => void)[] = []
  #network: Network | undefined
  #haltAfter = Number.MAX_SAFE_INTEGER
  #halted: string | null = null
  #expired = 0
  #stopped: Promise<void> | undefined
  #end: (error: Error | undefined) => void = () => {}

  private constructor(parts: NodeParts) {
    const { store, chain, engine, crypto, clock, voteKey, timeoutsMs, log } = parts
    this.#parts = parts
    this.store = store
    this.chain = chain
    this.done = new Promise(resolve => {
      this.#end = resolve
    })
    this.voteKey = voteKey
    this.ledger = new Ledger(store, chain, engine, crypto)
    const { params } = this.ledger.head
    this.mempool = new Mempool({
      bytesMax: params.maxEpochBytes * mempoolCuts,
      authorBytesMax: params.maxEpochBytes / 2,
      authorBatchesMax,
      rivalsMax,
    })
    const onFatal = (error: Error) => this.#fail(error)
    const head = () => this.ledger.head
    const network = () => this.network
    const { ledger, mempool } = this
    this.#prover = new Prover(store)
    this.#snapshots = new SnapshotKeeper({ store, crypto, every: parts.snapshotEvery, log, onFatal })
    this.light = lightServing(store, this.#prover)
    this.#ingest = new Ingest({ store, mempool, chain, head, onFatal, crypto })
    this.#fetcher = new BatchFetcher({ ledger, mempool, ingest: this.#ingest, network, log })
    void engine.failed.then(onFatal)
    // Before agreement hears of it: what it judges in the next epoch must not go under it.
    this.ledger.onEpoch(({ epoch }, { finalized }) => {
      for (const { author, seq } of finalized) mempool.finalize(author, seq)
      const dropped = this.#ingest.release(epoch - pendingEpochsMax)
      this.#expired += dropped
      if (dropped > 0) log.debug({ epoch, batches: dropped }, 'batches that nobody could include are dropped')
    })
    const context = () => this.#cutContext()
    this.#judge = new ValueJudge({ ledger: this.ledger, fetcher: this.#fetcher, context, now: () => clock.now() })
    this.#agreement = new AgreementHost({
      ledger: this.ledger,
      judge: this.#judge,
      context,
      written: () => this.#ingest.written(),
      voteKey: this.voteKey,
      publish: (topic, bytes) => void this.#network?.publish(topic, bytes),
      onBehind: () => this.#sync.poke(),
      isCurrent: () => this.#sync.isCurrent,
      onEvidence: evidence => this.#evidence.take(evidence),
      onFatal,
      now: () => clock.now(),
      timers: clock,
      log,
      timeoutsMs,
    })
    this.#evidence = new EvidenceReporter({
      ledger,
      mempool,
      account: parts.account,
      submit: frame => this.submit(frame),
      now: () => clock.now(),
      crypto,
      log,
    })
    this.#sync = new Sync({
      ledger: this.ledger,
      fetcher: this.#fetcher,
      network,
      onFatal,
      log,
      haltAfter: () => this.#haltAfter,
      clock,
    })
    const { signal } = this.#abort
    this.#gaps = new GapFiller({
      ledger,
      mempool,
      fetcher: this.#fetcher,
      signal,
      onFilled: () => this.#agreement.poke(),
      onFatal,
    })
    this.#votes = new VotePuller({
      agreement: this.#agreement,
      network: () => this.#network,
      signal,
      onBehind: () => this.#sync.poke(),
      log,
    })
    this.#handOver = new HandOver({
      store,
      mempool,
      account: author => ledger.account(author),
      agreement: this.#agreement,
      network: () => this.#network,
      signal,
      log,
    })
    this.ledger.onEpoch((head, { voided }) => {
      if (voided.length > 0) log.debug({ epoch: head.epoch, batches: voided.length }, 'rival batches became void')
      this.#checkProtocol()
      this.#prover.states.onEpoch(head.epoch).catch(onFatal)
      this.#snapshots.onEpoch(head.epoch)
      if (head.epoch >= this.#haltAfter) this.#halt(`as told, at epoch ${head.epoch}`)
    })
  }

  /** Begins the ledger, opens engine and network, in this order; what was opened is closed again if a later step fails. */
  static async start(options: NodeOptions): Promise<Node> {
    return Node.on(await openParts(options))
  }

  /** A node on its parts, which are its own to close from here on. */
  static async on(parts: NodeParts): Promise<Node> {
    let node: Node | undefined
    try {
      node = new Node(parts)
      await loadPending(parts.store, node.mempool, parts.chain)
      await node.#open()
      return node
    } catch (error) {
      await (node === undefined ? closeParts(parts) : node.stop())
      throw error
    }
  }

  get network(): Network {
    if (this.#network === undefined) throw new LedgerError('not-started', 'the network is not up')
    return this.#network
  }

  get round(): number | null {
    return this.#agreement.round
  }

  get isSyncing(): boolean {
    return this.#sync.isBehind
  }

  get halted(): string | null {
    return this.#halted
  }

  stats(): NodeStats {
    return {
      agreement: this.#agreement.tally,
      refused: this.#judge.refused.all(),
      ingested: this.#ingest.counts.all(),
      expired: this.#expired,
      sync: this.#sync.stats,
      votingWaits: this.#agreement.guard?.waits ?? null,
      proofs: this.#prover.stats,
    }
  }

  /** The account it validates for: the one whose vote key it holds in a set in office; null for none. */
  get validator(): string | null {
    return accountInOffice(this.ledger.head, this.voteKey)
  }

  /** Takes a batch in from a user of this node, durably, and tells peers. Throws LedgerError. */
  async submit(frame: BatchFrame): Promise<{ outcome: 'accepted' | 'known'; cid: Cid }> {
    const { outcome, batch } = await this.#ingest.take(frame, { durable: true })
    if (outcome === 'void')
      throw new LedgerError(
        'batch-void',
        'another batch of this author and seq is final',
        {},
        'sign its records again on the new head',
      )
    if (outcome === 'too-many-rivals') throw new LedgerError('batch-void', 'too many batches of this author and seq')
    if (outcome === 'full' || outcome === 'author-full') {
      throw new LedgerError('mempool-full', 'too much is pending', {}, 'try again when an epoch has become final')
    }
    if (outcome !== 'added') return { outcome: 'known', cid: batch.cid }
    this.#onSubmitted(frame, batch.author)
    return { outcome: 'accepted', cid: batch.cid }
  }

  /** Takes no part beyond `epoch` and ends once it is final. */
  haltAfter(epoch: number): void {
    this.#haltAfter = epoch
    this.#agreement.haltAfter(epoch)
    if (this.ledger.head.epoch >= epoch) this.#halt(`as told, at epoch ${this.ledger.head.epoch}`)
  }

  /** Ends everything, in reverse order. */
  stop(): Promise<void> {
    this.#stopped ??= this.#shutDown()
    return this.#stopped
  }

  async #shutDown(): Promise<void> {
    this.#abort.abort()
    for (const stop of this.#stopTimers) stop()
    this.#agreement.stop()
    await within(this.#sync.stop(), AbortSignal.timeout(stopMs)).catch(() => {
      this.#parts.log.info({}, 'an epoch under way is given up')
    })
    if (this.#network !== undefined) await keepPeers(this.store, this.#network, this.#parts.log)
    await this.#network?.stop()
    await this.#snapshots.stop()
    await this.#prover.close()
    await closeParts(this.#parts)
  }

  async #open(): Promise<void> {
    const { clock, openNetwork, log } = this.#parts
    this.#checkProtocol()
    this.#network = await openNetwork(this.#wiring())
    this.#agreement.start()
    this.#sync.start()
    this.#snapshots.onEpoch(this.ledger.head.epoch)
    this.#stopTimers = [
      clock.every(resendMs, () => this.#agreement.resend()),
      clock.every(pullMs, () => this.#votes.pull()),
      clock.every(pullMs, () => this.#handOver.look()),
      clock.every(gapMs, () => this.#gaps.fill()),
      clock.every(keepPeersMs, () => void keepPeers(this.store, this.network, log)),
    ]
    this.#network.on('connect', () => this.#sync.poke())
  }

  #wiring(): Wiring {
    const { agent, clock } = this.#parts
    const agreement = () => this.#agreement
    return {
      handlers: protocolHandlers({
        ledger: this.ledger,
        ingest: this.#ingest,
        prover: this.#prover,
        snapshots: this.#snapshots,
        agreement,
        role: this.voteKey === undefined ? 'full' : 'validator',
        agent,
        now: () => clock.now(),
        onSubmitted: (frame, author, from) => this.#onSubmitted(frame, author, from),
      }),
      gossip: gossipHandlers({
        ingest: this.#ingest,
        agreement,
        onBatch: (author, from) => this.#onBatch(author, from),
        onBehind: () => this.#sync.poke(),
        now: () => clock.now(),
      }),
    }
  }

  #cutContext(): CutContext {
    const { params, epoch } = this.ledger.head
    return { params, epoch, mempool: this.mempool, account: author => this.ledger.account(author) }
  }

  #onSubmitted(frame: BatchFrame, author: Uint8Array, from?: PeerText): void {
    void this.#network?.publish('batches', batchFrame.encode(frame))
    this.#onBatch(author, from)
  }

  #onBatch(author: Uint8Array, from: PeerText | undefined): void {
    if (from !== undefined) this.#gaps.look(author, from)
    this.#agreement.poke()
  }

  /** The parameters of the head are in force from the next epoch on. */
  #checkProtocol(): void {
    try {
      expectKnown(this.ledger.head.params.protocol)
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  #halt(reason: string): void {
    if (this.#halted !== null) return
    this.#halted = reason
    this.#end(undefined)
  }

  #fail(error: Error): void {
    if (this.#halted !== null || this.#abort.signal.aborted) return
    this.#halted = error.message
    this.#agreement.stop()
    void this.#sync.stop()
    this.#parts.log.error({ epoch: this.ledger.head.epoch, ...failureFacts(error) }, 'the node stops')
    this.#end(error)
  }
}
