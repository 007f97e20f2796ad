import { certificateFault, decodeCertificate, isCommit } from '../../consensus/agreement/certificate.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import { decodeCheckpoint } from '../../consensus/checkpoint.ts'
import { Cid } from '../../consensus/cid.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import { cutValue } from '../../consensus/cut.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { type TrustedCheckpoint, trustGenesis } from '../../consensus/light/following/trusted-checkpoint.ts'
import type { Log } from '../../network/log.ts'
import type { PeerText } from '../../network/peer.ts'
import { Follower } from '../light/follower.ts'
import { LightBlocks } from '../light/light-blocks.ts'
import { type LightNetwork, LightPeers, NoPeerError, UnknownError } from '../light/light-peers.ts'
import { fetchNamed } from '../light/trust-root.ts'
import type { EpochWrite } from '../store/epoch-write.ts'
import type { Store } from '../store/store.ts'
import { CoveredPaths } from './covered-paths.ts'
import { encodeProgress, type JoinProgress, readProgress } from './join-progress.ts'
import type { FetchedState, JoinStep } from './join-step.ts'
import { joinPatience } from './limits.ts'
import { StateFetch } from './state-fetch.ts'

export interface SnapshotJoinOptions {
  readonly store: Store
  readonly crypto: Crypto
  readonly network: LightNetwork
  /** Multiaddrs with `/p2p/<id>`. */
  readonly addrs: readonly string[]
  /** What the operator takes for true: the genesis block, the CID of a genesis or checkpoint, or both. */
  readonly genesis: Uint8Array | undefined
  readonly trust: Cid | undefined
  /** `full`: no state is fetched, only what a replay begins with. */
  readonly sync: 'snapshot' | 'full'
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly log: Log
  readonly signal: AbortSignal
  /** Told of each step. */
  readonly onStep: (step: JoinStep) => void
}

/**
 * `joined`: the store has a head. `no-snapshot`: nobody has one yet, the ledger has to be replayed from `genesis` on; `epoch` is how far
 * the peers say that they are. `no-peer`: nobody could be asked, or showed what they say that they have.
 */
export type JoinOutcome =
  | { readonly outcome: 'joined'; readonly epoch: number }
  | { readonly outcome: 'no-snapshot'; readonly genesis: Uint8Array; readonly epoch: number }
  | { readonly outcome: 'no-peer'; readonly error: LedgerError; readonly epoch: number }

interface Offer {
  readonly peer: PeerText
  readonly epoch: number
  readonly checkpoint: Cid
}

/** What a peer showed of the epoch whose state is fetched. */
interface Target {
  readonly trusted: TrustedCheckpoint
  readonly checkpoint: Uint8Array
  readonly certificate: Uint8Array
  readonly blocks: readonly Uint8Array[]
}

/**
 * Begins a store at the newest snapshot that peers serve: what they say is verified from the genesis, or a checkpoint that the
 * operator named, as a light node does it, and then the state against the checkpoint's root.
 */
export async function joinBySnapshot(options: SnapshotJoinOptions): Promise<JoinOutcome> {
  const peers = await LightPeers.connect(options.network, options.addrs, options.signal, joinPatience)
  const join = new SnapshotJoin(options, peers)
  try {
    if (peers.all.length === 0) throw peers.noPeer()
    return await join.run()
  } catch (error) {
    if (!(error instanceof NoPeerError)) throw error
    return { outcome: 'no-peer', error, epoch: await join.peersEpoch() }
  }
}

class SnapshotJoin {
  readonly #options: SnapshotJoinOptions
  readonly #peers: LightPeers
  readonly #blocks: LightBlocks
  readonly #follower: Follower

  constructor(options: SnapshotJoinOptions, peers: LightPeers) {
    const { crypto, now } = options
    this.#options = options
    this.#peers = peers
    this.#blocks = new LightBlocks(peers.request, crypto)
    // The operator vouches for what the way begins with, whatever its age.
    this.#follower = new Follower({ peers, blocks: this.#blocks, crypto, now, anyAge: true })
  }

  async run(): Promise<JoinOutcome> {
    const { store, log, sync } = this.#options
    const root = await this.#root()
    const genesis = await this.#genesis(root)
    const offers = sync === 'snapshot' ? await this.#offers() : []
    if (offers.length === 0) return { outcome: 'no-snapshot', genesis, epoch: await this.peersEpoch() }
    const begun = this.#resumed(root, offers)
    const target = await this.#choose(root, offers, begun)
    const resumed = begun?.checkpoint.equals(target.trusted.cid) ? begun : undefined
    const serving = offers.filter(({ checkpoint }) => checkpoint.equals(target.trusted.cid)).map(({ peer }) => peer)
    const progress = resumed ?? (await this.#beginAnew(root.chain, target.trusted))
    const about = { epoch: target.trusted.epoch, checkpoint: `${target.trusted.cid}`, peers: serving.length }
    log.info(
      { ...about, here: `${Math.floor(100 * progress.covered.share)} %` },
      resumed === undefined ? 'joining by a snapshot' : 'going on with a snapshot',
    )
    const { checkpoint } = target.trusted
    const { crypto, signal, onStep } = this.#options
    const onProgress = (fetched: FetchedState) => onStep({ step: 'fetching', ...fetched })
    const [peersNow, stateRoot] = [this.#peers, checkpoint!.stateRoot]
    const fetch = new StateFetch({
      store,
      crypto,
      peers: peersNow,
      serving,
      progress,
      stateRoot,
      log,
      signal,
      onProgress,
    })
    await fetch.run()
    await store.beginAtEpoch(genesis, headOnly(target))
    log.info({ ...about, chunks: fetch.chunks }, 'joined: the epochs after it are executed from here on')
    return { outcome: 'joined', epoch: target.trusted.epoch }
  }

  async #root(): Promise<TrustedCheckpoint> {
    const { crypto, genesis, trust } = this.#options
    const chain = genesis && Cid.of(crypto, genesis)
    if (trust === undefined || chain?.equals(trust) === true) return trustGenesis(crypto, chain!, genesis!)
    const root = await fetchNamed({ peers: this.#peers, blocks: this.#blocks, crypto }, trust)
    if (chain === undefined || chain.equals(root.chain)) return root
    throw new LedgerError(
      'other-chain',
      `the trusted checkpoint ${trust} belongs to the ledger ${root.chain}, the genesis to ${chain}`,
      { trust: `${trust}`, chain: `${root.chain}` },
      'pass a checkpoint of this ledger with --trust, or the other genesis',
    )
  }

  async #genesis(root: TrustedCheckpoint): Promise<Uint8Array> {
    const { crypto, genesis } = this.#options
    if (genesis !== undefined) return genesis
    return await this.#peers.askAny(async (peer, signal) => {
      const block = await this.#blocks.fetchGenesis(peer, root.chain, signal)
      trustGenesis(crypto, root.chain, block)
      return block
    })
  }

  async #offers(): Promise<Offer[]> {
    const told = await Promise.all(
      this.#peers.all.map(async peer => {
        const offers = await this.#peers.request.snapshots(peer, null, this.#options.signal).catch(() => [])
        return offers.map(({ epoch, checkpoint }) => ({ peer, epoch, checkpoint }))
      }),
    )
    return told.flat()
  }

  /** What was begun before, if anybody still serves it. */
  #resumed(root: TrustedCheckpoint, offers: readonly Offer[]): JoinProgress | undefined {
    const progress = readProgress(this.#options.store)
    if (progress === undefined || !progress.chain.equals(root.chain)) return undefined
    return offers.some(({ checkpoint }) => checkpoint.equals(progress.checkpoint)) ? progress : undefined
  }

  async #beginAnew(chain: Cid, { epoch, cid }: TrustedCheckpoint): Promise<JoinProgress> {
    const { store } = this.#options
    const progress = { chain, epoch, checkpoint: cid, covered: new CoveredPaths() }
    // Cells of another state must never stand under this one's note.
    await store.join.put(null, { sync: true })
    await store.state.clear()
    await store.pages.clear()
    await store.join.put(encodeProgress(progress), { sync: true })
    return progress
  }

  /**
   * What was begun before, else the newest snapshot that peers show the way to: who offers one that isn't there, or says nothing of it,
   * keeps nobody from the others.
   */
  async #choose(root: TrustedCheckpoint, offers: readonly Offer[], begun: JoinProgress | undefined): Promise<Target> {
    const newestFirst = offers.map(({ epoch }) => epoch).sort((a, b) => b - a)
    for (const epoch of new Set(begun === undefined ? newestFirst : [begun.epoch, ...newestFirst])) {
      const target = await this.#verify(root, epoch, offers)
      if (target !== undefined) return target
      this.#options.log.warn({ epoch }, 'nobody shows the way to a snapshot that is offered')
    }
    throw this.#peers.noPeer()
  }

  /**
   * The checkpoint of the epoch, by the first peer that shows a way to it; all who show another one that holds are a second history.
   * Undefined where nobody shows it.
   */
  async #verify(root: TrustedCheckpoint, epoch: number, offers: readonly Offer[]): Promise<Target | undefined> {
    const shown: TrustedCheckpoint[] = []
    for (const peer of new Set(offers.filter(offer => offer.epoch === epoch).map(offer => offer.peer))) {
      const trusted = await this.#reach(root, peer, epoch)
      if (trusted === undefined) continue
      const other = shown.find(({ cid }) => !cid.equals(trusted.cid))
      if (other !== undefined) throw secondHistory(epoch, other.cid, trusted.cid)
      shown.push(trusted)
    }
    const [trusted] = shown
    if (trusted === undefined) return undefined
    return await this.#peers.askAny((peer, signal) => this.#target(peer, trusted, signal)).catch(unlessNoPeer)
  }

  async #reach(root: TrustedCheckpoint, peer: PeerText, epoch: number): Promise<TrustedCheckpoint | undefined> {
    if (epoch === root.epoch) return root
    // Backwards, names alone lead there, whoever shows them.
    if (epoch < root.epoch) return await this.#follower.goBack(root, epoch, () => {})
    const { trusted } = await this.#follower.follow(root, peer, epoch, () => {})
    return trusted.epoch === epoch ? trusted : undefined
  }

  async #target(peer: PeerText, trusted: TrustedCheckpoint, signal: AbortSignal): Promise<Target> {
    const { crypto } = this.#options
    const [frame] = await this.#peers.request.headers(peer, { epochs: [trusted.epoch], known: [] }, signal)
    if (frame === undefined) throw new UnknownError(`epoch ${trusted.epoch}`)
    const { checkpoint, certificate, blocks } = frame
    if (!Cid.of(crypto, checkpoint).equals(trusted.cid)) throw wrongTarget('another checkpoint than it offers')
    const decoded = decodeCertificate(certificate)
    if (!isCommit(decoded) || !decoded.checkpoint.equals(trusted.cid)) throw wrongTarget('no certificate of it')
    const fault = certificateFault(crypto, trusted.chain, trusted.validators, decoded)
    if (fault !== undefined) throw wrongTarget(`a certificate that does not hold: ${fault}`)
    const came = blocks.map(block => Cid.of(crypto, block))
    const { validators, nextValidators, params } = decodeCheckpoint(checkpoint)
    for (const named of [validators, nextValidators, params])
      if (!came.some(cid => cid.equals(named))) throw wrongTarget(`not the block ${named}, which it names`)
    return { trusted, checkpoint, certificate, blocks }
  }

  /** The newest that a peer says it has; 0 where none says anything. */
  async peersEpoch(): Promise<number> {
    const epochs = await Promise.all(
      this.#peers.all.map(async peer => {
        const status = await this.#peers.request.status(peer, null, this.#options.signal).catch(() => undefined)
        return status?.epoch ?? 0
      }),
    )
    return Math.max(0, ...epochs)
  }
}

function unlessNoPeer(error: unknown): undefined {
  if (!(error instanceof NoPeerError)) throw error
}

/** The epoch of a snapshot is known by its state alone: what led there isn't here, and is never given to others. */
function headOnly({ trusted, checkpoint, certificate, blocks }: Target): EpochWrite {
  return {
    epoch: trusted.epoch,
    record: { checkpoint, certificate, cut: encode(cutValue([])) },
    lastCertificate: null,
    outcomes: [],
    state: [],
    pages: [],
    blocks,
    payoutChunks: [],
    flowChunks: [],
  }
}

function wrongTarget(problem: string): LedgerError {
  return new LedgerError('snapshot-checkpoint', `it shows ${problem}`)
}

function secondHistory(epoch: number, ...cids: readonly Cid[]): LedgerError {
  return new LedgerError(
    'second-history',
    [`peers show two histories, each signed by more than 2/3 of its stake; at epoch ${epoch}:`, ...cids].join('\n'),
    { epoch, checkpoints: cids.map(String) },
    'ask somebody you trust which one is right and pass it with --trust; openledger light names who signed both',
  )
}
