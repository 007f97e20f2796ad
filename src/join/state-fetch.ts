import { compareBytes, concat } from '../../consensus/bytes.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { ProofError } from '../../consensus/merkle/proof-error.ts'
import { statePath } from '../../consensus/merkle/state-changes.ts'
import { type PathRange, verifyStateRange } from '../../consensus/merkle/state-range.ts'
import { stateRoot, updateStateTree } from '../../consensus/merkle/state-tree.ts'
import type { Log } from '../../network/log.ts'
import type { PeerText } from '../../network/peer.ts'
import { type StateChunk, stateChunk } from '../../network/protocols/state.ts'
import { type LightPeers, UnknownError } from '../light/light-peers.ts'
import type { Store } from '../store/store.ts'
import { encodeProgress, type JoinProgress } from './join-progress.ts'
import type { FetchedState } from './join-step.ts'

/** The paths are shared out to so many lanes, each fetched from its first path on. */
const lanes = 16
/** Lanes under way at once: a peer serves four of one asker. */
const lanesPerPeer = 2
const lanesMax = 8
const progressMs = 2_000

export interface StateFetchOptions {
  readonly store: Store
  readonly crypto: Crypto
  readonly peers: LightPeers
  /** Those who offer this snapshot. */
  readonly serving: readonly PeerText[]
  readonly progress: JoinProgress
  /** 32 bytes, of a checkpoint that was verified. */
  readonly stateRoot: Uint8Array
  readonly log: Log
  readonly signal: AbortSignal
  /** Told how far it is at the beginning, after each chunk, and now and then where none comes. */
  readonly onProgress: (fetched: FetchedState) => void
}

/**
 * Fetches the cells of one state from several peers at once. Each chunk is proved by itself, and is on its way to the disk
 * together with the note that it is here: whatever happens, what came isn't asked for again.
 */
export class StateFetch {
  readonly #options: StateFetchOptions
  readonly #taken = new Set<number>()
  readonly #beganMs = performance.now()
  readonly #beganShare: number
  #toldMs = performance.now()
  #cameMs = performance.now()
  #turn = 0
  #chunks = 0
  #bytes = 0
  #writing: Promise<void> = Promise.resolve()

  constructor(options: StateFetchOptions) {
    this.#options = options
    this.#beganShare = options.progress.covered.share
  }

  /** Throws LedgerError `no-peer` when nobody is left to ask. */
  async run(): Promise<void> {
    const { serving, store, crypto, progress, onProgress } = this.#options
    onProgress(this.#fetched())
    const workers = Math.min(lanesMax, lanesPerPeer * serving.length)
    const telling = setInterval(() => onProgress(this.#fetched()), progressMs)
    try {
      await Promise.all(Array.from({ length: workers }, () => this.#work()))
    } finally {
      clearInterval(telling)
    }
    if (!progress.covered.isWhole) throw this.#options.peers.noPeer()
    // Each chunk was proved by itself: that they come to the whole is a last check of this node.
    if (compareBytes(stateRoot(crypto, store.pages), this.#options.stateRoot) !== 0)
      throw new ProofError('root', 'all chunks together come to another state root')
  }

  get chunks(): number {
    return this.#chunks
  }

  async #work(): Promise<void> {
    for (;;) {
      const lane = this.#nextLane()
      if (lane === undefined) return
      this.#taken.add(lane)
      try {
        await this.#fetchLane(laneRange(lane))
      } finally {
        this.#taken.delete(lane)
      }
    }
  }

  #nextLane(): number | undefined {
    const { progress } = this.#options
    for (let lane = 0; lane < lanes; lane++) {
      if (!this.#taken.has(lane) && progress.covered.firstGap(laneRange(lane)) !== undefined) return lane
    }
    return undefined
  }

  async #fetchLane(lane: PathRange): Promise<void> {
    const { progress, signal } = this.#options
    for (;;) {
      const path = progress.covered.firstGap(lane)
      if (path === undefined) return
      const chunk = await this.#fetch(path)
      signal.throwIfAborted()
      await this.#inTurn(() => this.#keep(chunk))
    }
  }

  /** From one peer after the other, each time beginning with the next. */
  async #fetch(path: Uint8Array): Promise<StateChunk> {
    const { peers, serving, log } = this.#options
    const start = this.#turn++
    for (let i = 0; i < serving.length; i++) {
      const peer = serving[(start + i) % serving.length]!
      const isAsked = peers.all.includes(peer)
      const chunk = isAsked ? await peers.ask(peer, (who, signal) => this.#ask(who, path, signal)) : undefined
      if (chunk !== undefined) return chunk
      if (isAsked) log.warn({ peer, reason: peers.failures.at(-1)?.problem }, 'a peer gave no chunk that holds')
    }
    throw peers.noPeer()
  }

  async #ask(peer: PeerText, path: Uint8Array, signal: AbortSignal): Promise<StateChunk> {
    const { peers, progress, crypto, stateRoot: root } = this.#options
    const [bytes] = await peers.request.state(peer, { epoch: progress.epoch, path }, signal)
    if (bytes === undefined) throw new UnknownError(`snapshot of epoch ${progress.epoch}`)
    const chunk = stateChunk.decode(bytes)
    if (compareBytes(chunk.from, path) > 0 || compareBytes(chunk.to, path) < 0)
      throw new LedgerError('chunk', 'a chunk of other paths than were asked for')
    const entries = chunk.cells.map(([key, value]) => concat(statePath(crypto, key), crypto.sha256(value)))
    verifyStateRange(crypto, root, chunk, chunk.beside, concat(...entries))
    return chunk
  }

  /** One after the other: each builds on the pages as the one before left them. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#writing.then(work)
    this.#writing = turn.catch(() => {})
    return turn
  }

  async #keep(chunk: StateChunk): Promise<void> {
    const { store, crypto, progress } = this.#options
    // Of two lanes that meet in one chunk, the other has brought it.
    if (progress.covered.firstGap(chunk) === undefined) return
    const { pages } = updateStateTree(crypto, store.pages, chunk.cells)
    progress.covered.add(chunk)
    const note = store.join.op(encodeProgress(progress))
    await store.write([...store.state.ops(chunk.cells), ...store.pages.ops(pages), note], { sync: false })
    this.#chunks++
    this.#cameMs = performance.now()
    for (const [key, value] of chunk.cells) this.#bytes += key.length + value.length
    this.#options.log.debug({ cells: chunk.cells.length }, 'a chunk of the state is here')
    this.#tell()
  }

  #tell(): void {
    const { log, onProgress } = this.#options
    const fetched = this.#fetched()
    onProgress(fetched)
    const nowMs = performance.now()
    if (nowMs - this.#toldMs < progressMs) return
    this.#toldMs = nowMs
    const { epoch, share, secondsLeft } = fetched
    log.info({ epoch, percent: Math.floor(100 * share), secondsLeft }, 'fetching the state')
  }

  #fetched(): FetchedState {
    const { epoch, covered } = this.#options.progress
    // Fractions don't add up to the last bit.
    const share = covered.isWhole ? 1 : covered.share
    const gained = share - this.#beganShare
    const nowMs = performance.now()
    const spentS = (nowMs - this.#beganMs) / 1_000
    const secondsLeft = gained > 0 ? Math.ceil(((1 - share) / gained) * spentS) : null
    const idleSeconds = Math.floor((nowMs - this.#cameMs) / 1_000)
    return { epoch, share, chunks: this.#chunks, bytes: this.#bytes, secondsLeft, idleSeconds }
  }
}

function laneRange(lane: number): PathRange {
  const from = new Uint8Array(32)
  const to = new Uint8Array(32).fill(0xff)
  from[0] = (lane * 256) / lanes
  to[0] = ((lane + 1) * 256) / lanes - 1
  return { from, to }
}
