import type { AccountKey } from '../../consensus/account.ts'
import { decodeCertificate } from '../../consensus/agreement/certificate.ts'
import { concat } from '../../consensus/bytes.ts'
import { decode } from '../../consensus/cbor/decode.ts'
import { decodeCheckpoint } from '../../consensus/checkpoint.ts'
import type { Cid } from '../../consensus/cid.ts'
import { parseCut } from '../../consensus/cut.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { checkpointsPageMax, outcomesPageMax } from '../../network/limits.ts'
import type { Log } from '../../network/log.ts'
import type { Network } from '../../network/network.ts'
import type { PeerText } from '../../network/peer.ts'
import type { CheckpointFrame } from '../../network/protocols/checkpoints.ts'
import { RequestError } from '../../network/request-error.ts'
import { MissingBatchError } from '../engine/cut-parts.ts'
import type { BatchFetcher, NewestSeqs } from './batch-fetcher.ts'
import { CatchUpPace } from './catch-up-pace.ts'
import { type Clock, systemClock, withDeadline } from './clock.ts'
import { batchesOfCut, provesBatches } from './cut-proof.ts'
import { ForkedError } from './forked-error.ts'
import { type DecidedEpoch, DivergedError, type Ledger } from './ledger.ts'
import type { SyncStats } from './node-stats.ts'
import { PeerPaces } from './peer-paces.ts'

export interface SyncOptions {
  readonly ledger: Ledger
  readonly fetcher: Pick<BatchFetcher, 'complete' | 'lacking' | 'fetchAhead'>
  readonly network: () => Pick<Network, 'peers' | 'request' | 'penalise'>
  readonly onFatal: (error: Error) => void
  readonly log: Log
  /** No epoch beyond it is taken. */
  readonly haltAfter: () => number
  /** Instead of the platform's. */
  readonly clock?: Clock
}

/** How often peers are asked where they stand, and how long one may take to say so: the others need not wait for it. */
const statusMs = 1_000
const statusPatienceMs = 2_000
/** However often something hints at more epochs, peers are asked no sooner again: they hold it against who floods them. */
const restMs = 500
/** From this gap on the node says that it is catching up. */
const behindEpochs = 2
const progressMs = 2_000
/** T9: without anything to decide, an epoch ends a minute after the pause. An older head may be that of a node long away. */
const currentMs = 5 * 60_000
/** After so long with one peer it is asked anew who is ahead, if others say that they are: one may be slow on purpose. */
const followMsMax = 30_000

/** A row of epochs as a peer gave them, unchecked: each error is held against the peer when it is that epoch's turn. */
type Page = readonly (DecidedEpoch | LedgerError)[]

/** How far a peer says that it is, and on which checkpoint; epoch 0 where it says nothing of this ledger. */
interface Standing {
  readonly peer: PeerText
  readonly epoch: number
  readonly checkpoint: Cid | null
  readonly isKnown: boolean
}

/** Follows peers that are ahead: certificate, batches, execution, epoch by epoch, from any gap. */
export class Sync {
  readonly #options: SyncOptions
  readonly #stop = new AbortController()
  readonly #pace = new CatchUpPace()
  readonly #paces = new PeerPaces()
  readonly #clock: Clock
  #stopAsking: () => void = () => {}
  #stopResting: () => void = () => {}
  #running: Promise<void> | undefined
  #isResting = false
  #isDue = false
  /** Aborts what is still asked of a peer that is no longer followed: the next one need not wait for it. */
  #following = new AbortController()
  /** Settles, never rejects, when the page under way is here. */
  #fetching: Promise<void> | undefined
  /** For which a peer had nothing new. */
  #dry: NewestSeqs | undefined
  #comparing: Promise<void> | undefined
  #target = 0
  #isTold = false
  #applied = 0

  constructor(options: SyncOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  start(): void {
    this.#stopAsking = this.#clock.every(statusMs, () => this.poke())
  }

  async stop(): Promise<void> {
    this.#stopAsking()
    this.#stopResting()
    this.#stop.abort()
    this.#following.abort()
    await this.#running
    await this.#comparing
  }

  get isBehind(): boolean {
    return this.#target - this.#options.ledger.head.epoch >= behindEpochs
  }

  /** Whether the head is the network's, as far as peers have said: until one has, nothing is known. */
  get isCurrent(): boolean {
    const { time, params } = this.#options.ledger.head
    return this.#isTold && !this.isBehind && this.#clock.now() - time < params.epochMs + currentMs
  }

  get stats(): SyncStats {
    const behind = Math.max(0, this.#target - this.#options.ledger.head.epoch)
    return {
      behind,
      target: behind > 0 ? this.#target : null,
      secondsLeft: this.#pace.secondsLeft(this.#target, this.#clock.now()),
      applied: this.#applied,
    }
  }

  /** Asks peers where they stand, and follows whoever is ahead: at once, or when what is under way is over and a rest after it began. */
  poke(): void {
    if (this.#stop.signal.aborted) return
    this.#isDue = this.#running !== undefined || this.#isResting
    if (this.#isDue) return
    this.#isResting = true
    this.#stopResting = this.#clock.after(restMs, () => {
      this.#isResting = false
      if (this.#isDue) this.poke()
    })
    this.#running = this.#follow()
      .catch((error: Error) => {
        if (!this.#stop.signal.aborted) this.#options.onFatal(error)
      })
      .finally(() => {
        this.#running = undefined
        if (this.#isDue) this.poke()
      })
  }

  async #follow(): Promise<void> {
    for (let isOver = false; !isOver; ) isOver = await this.#followLeaders()
  }

  /** Whether nobody is ahead any more, or shows anything of it. */
  async #followLeaders(): Promise<boolean> {
    const { network, ledger, haltAfter } = this.#options
    const peers = network()
      .peers()
      .map(({ id }) => id)
    const answers = await Promise.all(peers.map(peer => this.#ask(peer)))
    const { epoch: before, params } = ledger.head
    const ahead = answers.filter(({ epoch }) => epoch > before)
    this.#target = this.#targetOf(answers, before)
    this.#isTold ||= answers.some(({ isKnown }) => isKnown)
    for (const { peer, epoch } of this.#paces.inOrder(ahead, peers, params.epochMs)) {
      const maxMs = ahead.length > 1 ? followMsMax : Number.POSITIVE_INFINITY
      if (await this.#followPeer(peer, Math.min(epoch, haltAfter()), maxMs)) return false
    }
    this.#compareHeads(answers)
    return true
  }

  /** Who boasts of epochs and shows none doesn't make this node one that is behind, where others are no farther than it. */
  #targetOf(answers: readonly Standing[], head: number): number {
    const ahead = answers.filter(({ epoch }) => epoch > head)
    const credible = ahead.filter(({ peer }) => !this.#paces.showedNothing(peer))
    const isAlone = answers.every(({ epoch, isKnown }) => epoch > head || !isKnown)
    return Math.max(head, ...(isAlone ? ahead : credible).map(({ epoch }) => epoch))
  }

  #compareHeads(answers: readonly Standing[]): void {
    const { ledger } = this.#options
    const { epoch, cid } = ledger.head
    const apart = answers.filter(answer => answer.epoch === epoch && answer.checkpoint?.equals(cid) === false)
    if (apart.length === 0) return
    this.#comparing ??= this.#compare(apart.map(({ peer }) => peer)).finally(() => {
      this.#comparing = undefined
    })
  }

  /** T4: where two histories are equally long, nobody follows the other and sees it. Beside the following: a peer may take its time. */
  async #compare(peers: readonly PeerText[]): Promise<void> {
    const { network, ledger, onFatal } = this.#options
    const { epoch } = ledger.head
    const { signal } = this.#stop
    for (const peer of peers) {
      try {
        const [frame] = await network().request.checkpoints(peer, { from: epoch, to: epoch }, signal)
        if (frame !== undefined) this.#expectGood(peer, () => ledger.expectSame(decodeFrame(frame, null)))
      } catch (error) {
        if (!(error instanceof RequestError) && !signal.aborted) onFatal(error as Error)
      }
    }
  }

  /** Whether it is as it should be. What isn't is held against the peer; a fork is nobody's who tells of it. */
  #expectGood(peer: PeerText, check: () => void): boolean {
    try {
      check()
      return true
    } catch (error) {
      if (!(error instanceof LedgerError) || error instanceof ForkedError) throw error
      this.#options.network().penalise(peer, `checkpoint-${error.code}`, 'major')
      return false
    }
  }

  async #ask(peer: PeerText): Promise<Standing> {
    try {
      const ask = (signal: AbortSignal) => this.#options.network().request.status(peer, null, signal)
      const status = await withDeadline(this.#clock, statusPatienceMs, this.#stop.signal, ask)
      if (status.chain.equals(this.#options.ledger.chain))
        return { peer, epoch: status.epoch, checkpoint: status.checkpoint, isKnown: true }
    } catch {
      // Like one of another ledger: it doesn't help.
    }
    return { peer, epoch: 0, checkpoint: null, isKnown: false }
  }

  /** Whether it was ended after `maxMs`, though the peer may have more. */
  async #followPeer(peer: PeerText, target: number, maxMs: number): Promise<boolean> {
    const { ledger, log } = this.#options
    const from = ledger.head.epoch
    if (from >= target) return false
    this.#following = new AbortController()
    const beganMs = this.#clock.now()
    let toldMs = beganMs
    this.#pace.begin(from, toldMs)
    let next: Promise<Page> | undefined
    try {
      while (ledger.head.epoch < target && !this.#stop.signal.aborted) {
        const before = ledger.head.epoch
        // The own head once more, for the signatures that the next checkpoint names: this node may hold others.
        const page = await (next ?? this.#fetchPage(peer, Math.max(1, before), target))
        const ahead = newestSeqs(page)
        next = this.#nextPage(peer, page, target, ahead)
        for (const frame of page) {
          if (!(await this.#apply(frame, ahead, peer))) return false
          if (this.#clock.now() - beganMs > maxMs) return true
          this.#pace.reached(ledger.head.epoch, this.#clock.now())
          if (this.#clock.now() - toldMs < progressMs) continue
          toldMs = this.#clock.now()
          log.info({ epoch: ledger.head.epoch, target, from }, 'catching up')
        }
        // Who claims to be ahead and shows nothing of it would be asked for ever.
        if (ledger.head.epoch === before) return false
      }
    } catch (error) {
      if (!(error instanceof RequestError || error instanceof MissingBatchError)) throw error
      log.debug({ peer, error: error.message }, 'a peer could not be followed')
    } finally {
      this.#paces.note(peer, ledger.head.epoch - from, this.#clock.now() - beganMs)
      this.#following.abort()
      await this.#fetching
    }
    return false
  }

  async #fetchPage(peer: PeerText, from: number, target: number): Promise<Page> {
    const to = Math.min(target, from + checkpointsPageMax - 1)
    const { signal } = this.#following
    const frames = await this.#options.network().request.checkpoints(peer, { from, to }, signal)
    return frames.map((frame, i) => readFrame(frame, frames[i - 1]?.certificate ?? null))
  }

  /** The page after this one, asked for while this one is executed; what its cuts lead to is added to `ahead`. */
  #nextPage(peer: PeerText, page: Page, target: number, ahead: Map<AccountKey, number>): Promise<Page> | undefined {
    const last = page.at(-1)
    if (last === undefined || last instanceof LedgerError || last.epoch >= target) return undefined
    const next = this.#fetchPage(peer, last.epoch, target)
    next.then(
      came => {
        for (const [author, seq] of newestSeqs(came)) ahead.set(author, seq)
        this.#dry = undefined
      },
      // Whoever waits for it hears of it.
      () => {},
    )
    return next
  }

  /** Whether the ledger went forward. */
  async #apply(frame: DecidedEpoch | LedgerError, ahead: NewestSeqs, peer: PeerText): Promise<boolean> {
    const { ledger, fetcher } = this.#options
    const isGood = this.#expectGood(peer, () => {
      if (frame instanceof LedgerError) throw frame
      if (frame.epoch > ledger.head.epoch) ledger.checkCertificate(frame)
      else ledger.expectSame(frame)
    })
    if (!isGood || frame instanceof LedgerError) return false
    // Decided here meanwhile, or the own head.
    if (frame.epoch <= ledger.head.epoch) return true
    if (fetcher.lacking(frame.cut).length > 0) await this.#fetching
    if (!(await fetcher.complete(frame.cut, peer, this.#stop.signal, ahead))) return false
    this.#fetchAhead(ahead, peer)
    return this.#finalize(frame, peer)
  }

  /** While the engine executes an epoch, this thread checks the batches of those after it. */
  #fetchAhead(ahead: NewestSeqs, peer: PeerText): void {
    if (this.#dry === ahead) return
    const { signal } = this.#following
    this.#fetching ??= this.#options.fetcher
      .fetchAhead(ahead, peer, signal)
      .then(came => {
        if (came === 'nothing') this.#dry = ahead
      })
      .catch((error: Error) => {
        if (!signal.aborted) this.#options.onFatal(error)
      })
      .finally(() => {
        this.#fetching = undefined
      })
  }

  /**
   * No signature binds a cut to its checkpoint, so a peer can pair a true certificate with a false cut. This node has diverged (T4)
   * only where the cut is proven.
   */
  async #finalize(decided: DecidedEpoch, peer: PeerText): Promise<boolean> {
    const { ledger, network, log } = this.#options
    try {
      await ledger.finalize(decided)
      this.#applied++
      return true
    } catch (error) {
      if (!(error instanceof DivergedError)) throw error
      if (error.isCutProven || (await this.#isCutProven(decided, peer))) throw error
      log.debug({ peer, epoch: decided.epoch, error: error.message }, 'a peer gave a cut that it could not prove')
      network().penalise(peer, 'checkpoint-cut', 'major')
      return false
    }
  }

  async #isCutProven({ epoch, cut, checkpoint }: DecidedEpoch, peer: PeerText): Promise<boolean> {
    const { ledger, network } = this.#options
    const batches = batchesOfCut(ledger, cut)
    if (batches === undefined) return false
    const pages: Uint8Array[] = []
    for (let from = 0; from < batches.length; from += outcomesPageMax) {
      const page = await network().request.outcomes(peer, { epoch, from }, this.#stop.signal)
      if (page.length !== 32 * Math.min(outcomesPageMax, batches.length - from)) return false
      pages.push(page)
    }
    return provesBatches(ledger.crypto, batches, concat(...pages), checkpoint.batchesRoot)
  }
}

function readFrame(frame: CheckpointFrame, lastCertificate: Uint8Array | null): DecidedEpoch | LedgerError {
  try {
    return decodeFrame(frame, lastCertificate)
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error
    return error
  }
}

function decodeFrame(
  { checkpoint, certificate, cut }: CheckpointFrame,
  lastCertificate: Uint8Array | null,
): DecidedEpoch {
  const decoded = decodeCheckpoint(checkpoint)
  return {
    epoch: decoded.epoch,
    checkpoint: decoded,
    checkpointBlock: checkpoint,
    certificate: decodeCertificate(certificate),
    certificateBlock: certificate,
    cut: parseCut(decode(cut)),
    lastCertificate,
  }
}

/** How far the cuts of a page lead each author: what their batches are asked for by, many epochs at once. */
function newestSeqs(page: Page): Map<AccountKey, number> {
  const newest = new Map<AccountKey, number>()
  for (const frame of page) {
    if (frame instanceof LedgerError) break
    for (const { author, seq } of frame.cut) newest.set(author, seq)
  }
  return newest
}
