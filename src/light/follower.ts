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
import type { LightPeers } from './light-peers.ts'

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

  /** All checkpoints from a known one down to an epoch, by the names that lead there. Throws LedgerError `no-peer`. */
  async *back(from: NamedCheckpoint, epoch: number): AsyncGenerator<EarlierCheckpoint> {
    const { peers, blocks, crypto } = this.#options
    let at = from
    while (at.epoch >= Math.max(1, epoch)) {
      const start: NamedCheckpoint = at
      const to = Math.max(1, epoch, start.epoch - headersEpochsMax + 1)
      const page = await peers.askAny(async (peer, signal) =>
        readBack(crypto, start, await blocks.fetchBare(peer, start.epoch, to, signal)),
      )
      yield* page
      const last = page.at(-1)!
      at = { epoch: last.checkpoint.epoch - 1, cid: last.checkpoint.prev }
    }
  }

  /** An earlier checkpoint than a known one, by the names that lead there. Throws LedgerError `no-peer`. */
  async goBack(from: NamedCheckpoint, epoch: number, onProgress: (epoch: number) => void): Promise<TrustedCheckpoint> {
    const { peers, blocks, crypto } = this.#options
    let at = from
    while (at.epoch > epoch) {
      const start: NamedCheckpoint = at
      const to = Math.max(epoch + 1, start.epoch - headersEpochsMax + 1)
      at = await peers.askAny(async (peer, signal) => {
        let named = start
        for (const block of await blocks.fetchBare(peer, start.epoch, to, signal))
          named = checkpointBefore(crypto, named, block)
        return named
      })
      onProgress(at.epoch)
    }
    const { cid } = at
    return await peers.askAny(async (peer, signal) => trustNamed(cid, await blocks.fetch(peer, { epoch }, signal)))
  }
}
