import { type Checkpoint, decodeCheckpoint } from '../../consensus/checkpoint.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import { Bisection } from '../../consensus/light/following/bisection.ts'
import { checkpointBefore, type NamedCheckpoint } from '../../consensus/light/following/earlier.ts'
import type { LightBlock } from '../../consensus/light/following/light-block.ts'
import { type TrustedCheckpoint, trustNamed } from '../../consensus/light/following/trusted-checkpoint.ts'
import { headersEpochsMax } from '../../network/limits.ts'
import type { PeerText } from '../../network/peer.ts'
import type { LightBlocks } from './light-blocks.ts'
import { type LightPeers, UnknownError } from './light-peers.ts'

export interface FollowerOptions {
  readonly peers: LightPeers
  readonly blocks: LightBlocks
  readonly crypto: Crypto
  /** Milliseconds since 1970; a light node may follow for days. */
  readonly now: () => number
  /** Whether the user vouches for a checkpoint older than the trusting period. */
  readonly anyAge: boolean
}

/** How far a peer showed the way. */
export interface Reached {
  readonly trusted: TrustedCheckpoint
  /** The block that it came with; undefined where there was no way to go. */
  readonly block: LightBlock | undefined
}

/** One that a trusted checkpoint rests on. */
export interface EarlierCheckpoint {
  readonly cid: Cid
  readonly checkpoint: Checkpoint
}

function readBack(crypto: Crypto, from: NamedCheckpoint, page: readonly Uint8Array[]): EarlierCheckpoint[] {
  let named = from
  return page.map(block => {
    const { cid } = named
    named = checkpointBefore(crypto, named, block)
    return { cid, checkpoint: decodeCheckpoint(block) }
  })
}

/** The way from one trusted checkpoint to others, with the help of peers that needn't be believed. */
export class Follower {
  readonly #options: FollowerOptions
  /** The oldest epoch of each peer that has not all of them. */
  readonly #oldest = new Map<PeerText, number>()
  #checks = 0

  constructor(options: FollowerOptions) {
    this.#options = options
  }

  /** Certificates whose signatures were verified. */
  get checks(): number {
    return this.#checks
  }

  /**
   * As far towards `target` as this peer shows the way: to the target, or to where it failed. Calls `onStep` with each checkpoint
   * that was verified on the way. Throws FollowError `expired` or `future` where `from` can't be followed at all.
   */
  async follow(
    from: TrustedCheckpoint,
    peer: PeerText,
    target: number,
    onStep: (trusted: TrustedCheckpoint) => void,
  ): Promise<Reached> {
    const { peers, blocks, crypto, now, anyAge } = this.#options
    const bisection = new Bisection({ crypto, trusted: from, target, nowMs: now(), anyAge })
    let { trusted, needed } = bisection
    while (needed !== undefined) {
      const epoch = needed
      const isFine = await peers.ask(peer, async (who, signal) => {
        bisection.take(await blocks.fetch(who, { epoch }, signal))
        return true
      })
      if (bisection.trusted !== trusted) onStep(bisection.trusted)
      ;({ trusted, needed } = bisection)
      if (isFine === undefined) break
    }
    this.#checks += bisection.checks
    return { trusted, block: bisection.block }
  }

  /** All checkpoints from a known one down to an epoch, by the names that lead there. Throws NoPeerError. */
  async *back(from: NamedCheckpoint, epoch: number): AsyncGenerator<EarlierCheckpoint> {
    const last = Math.max(1, epoch)
    let at = from
    while (at.epoch >= last) {
      const page = await this.#page(at, last)
      yield* page
      const { checkpoint } = page.at(-1)!
      at = { epoch: checkpoint.epoch - 1, cid: checkpoint.prev }
    }
  }

  /** An earlier checkpoint than a known one, by the names that lead there. Throws NoPeerError. */
  async goBack(from: NamedCheckpoint, epoch: number, onProgress: (epoch: number) => void): Promise<TrustedCheckpoint> {
    const { peers, blocks } = this.#options
    let { cid } = from
    for await (const { checkpoint } of this.back(from, epoch + 1)) {
      cid = checkpoint.prev
      onProgress(checkpoint.epoch - 1)
    }
    return await peers.askAny(async (peer, signal) => trustNamed(cid, await blocks.fetch(peer, { epoch }, signal)))
  }

  /** The checkpoints from `start` on, as many as fit into one answer, but none before epoch `last`; at least one. */
  async #page(start: NamedCheckpoint, last: number): Promise<EarlierCheckpoint[]> {
    const { peers, blocks, crypto } = this.#options
    const to = Math.max(last, start.epoch - headersEpochsMax + 1)
    return await peers.askAny(async (peer, signal) => {
      // Who said that it has no more is taken at its word: it can't make a long way of many small answers.
      if (start.epoch < (this.#oldest.get(peer) ?? 0)) throw new UnknownError(`epoch ${start.epoch}`)
      const page = readBack(crypto, start, await blocks.fetchBare(peer, start.epoch, to, signal))
      const { epoch } = page.at(-1)!.checkpoint
      if (epoch > to) this.#oldest.set(peer, epoch)
      return page
    })
  }
}
