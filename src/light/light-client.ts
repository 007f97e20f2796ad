import type { Checkpoint } from '../../consensus/checkpoint.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { checkRival } from '../../consensus/light/following/check-block.ts'
import { FollowError } from '../../consensus/light/following/follow-error.ts'
import type { LightBlock } from '../../consensus/light/following/light-block.ts'
import type { TrustedCheckpoint } from '../../consensus/light/following/trusted-checkpoint.ts'
import { trustingPeriodMs } from '../../consensus/light/following/trusting-period.ts'
import type { PeerText } from '../../network/peer.ts'
import { type EarlierCheckpoint, Follower, type Reached } from './follower.ts'
import { LightBlocks } from './light-blocks.ts'
import { addPivot, type LightState, readLightFile, writeLightFile } from './light-file.ts'
import { type LightNetwork, LightPeers, type PeerFailure } from './light-peers.ts'
import { inquire, type OwnSide, SecondHistoryError } from './second-history.ts'
import { StartingPoints } from './starting-points.ts'
import { fetchNamed, proposeRoot, rootFrom, type TrustRoot } from './trust-root.ts'
import { askWitnesses, type Standing, type Witness } from './witnesses.ts'

export interface LightOptions {
  readonly network: LightNetwork
  readonly crypto: Crypto
  /** Multiaddrs with `/p2p/<id>`. */
  readonly peers: readonly string[]
  /** CID of the genesis or of a checkpoint that the user takes for true. */
  readonly trust?: Cid
  /** Whether to trust what at least three peers agree on, where nothing was named before. */
  readonly accept: boolean
  /** Where it keeps what it verified; absent: nowhere. */
  readonly dir?: string
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly signal: AbortSignal
  /** Where a long way has got to. */
  readonly onProgress: (text: string) => void
}

/** What was followed, and what speaks for it. */
export interface Followed {
  readonly root: TrustRoot
  /** Whether what this run began with was older than the trusting period; then only the user's word speaks for it. */
  readonly isStartOld: boolean
  readonly head: TrustedCheckpoint
  /** The peer that showed the way; undefined where nobody was ahead. */
  readonly followed: PeerText | undefined
  /** What the others say of the head. */
  readonly witnesses: readonly Witness[]
  readonly failures: readonly PeerFailure[]
  /** Certificates whose signatures were verified, and light blocks that came. */
  readonly checks: number
  readonly fetched: number
}

/** Nothing is trusted yet, and the user has to say what is. */
export class TrustNeededError extends LedgerError {
  constructor({ epoch, cid, time }: TrustedCheckpoint, peers: readonly PeerText[]) {
    super(
      'trust-needed',
      [
        `${peers.length} peers show the checkpoint of epoch ${epoch}, of ${new Date(time).toISOString()}:`,
        `  ${cid}`,
        'They could be in league with each other, so compare it with what somebody you trust sees.',
      ].join('\n'),
      { epoch, cid: `${cid}`, peers },
      `if it is the same, pass --trust ${cid}, or --accept`,
    )
  }
}

/** Follows a ledger that others keep, believing none of them. */
export class LightClient {
  readonly peers: LightPeers
  readonly #options: LightOptions
  readonly #blocks: LightBlocks
  readonly #follower: Follower
  /** What this run began with. */
  readonly #start: TrustedCheckpoint
  readonly #isStartOld: boolean
  readonly #points: StartingPoints
  #state: LightState
  /** What was followed to, beyond the start. */
  #newest: Reached[] = []

  private constructor(options: LightOptions, peers: LightPeers, blocks: LightBlocks, begun: LightState) {
    const { crypto, now, trust } = options
    this.#options = options
    this.peers = peers
    this.#blocks = blocks
    this.#state = begun
    this.#start = begun.head
    const nowMs = now()
    this.#isStartOld = nowMs - begun.head.time >= trustingPeriodMs(begun.head.params)
    this.#points = new StartingPoints(begun.head, this.#isStartOld)
    this.#follower = new Follower({ peers, blocks, crypto, now, anyAge: trust !== undefined })
  }

  /** Connects, and finds what to begin with. Throws TrustNeededError where the user has to say so first. */
  static async open(options: LightOptions): Promise<LightClient> {
    const { dir } = options
    const stored = dir === undefined ? undefined : await readLightFile(dir)
    const client = await LightClient.#connected(options, (peers, blocks) => beginning(options, peers, blocks, stored))
    await client.#save()
    return client
  }

  /** Connects anew, and goes on from what the former one has verified. Throws NoPeerError. */
  static async resume(former: LightClient, network: LightNetwork): Promise<LightClient> {
    return await LightClient.#connected({ ...former.#options, network }, async () => former.#state)
  }

  static async #connected(
    options: LightOptions,
    begin: (peers: LightPeers, blocks: LightBlocks) => Promise<LightState>,
  ): Promise<LightClient> {
    const { network, crypto, signal } = options
    const peers = await LightPeers.connect(network, options.peers, signal)
    if (peers.all.length === 0) throw peers.noPeer()
    const blocks = new LightBlocks(network.request, crypto)
    return new LightClient(options, peers, blocks, await begin(peers, blocks))
  }

  /**
   * Verifies the way to the newest checkpoint that a peer can show, by way of epoch `via` where that lies between, and asks the
   * others what they say of both. Throws SecondHistoryError, FollowError `expired`, LedgerError `no-peer`.
   */
  async follow(via?: number): Promise<Followed> {
    const standings = await this.#standings()
    const followed = await this.#followNewest(standings, via)
    const { head, root } = this.#state
    for (const { trusted, block } of this.#newest.slice(0, -1))
      await this.#witness(trusted, { block, peer: followed }, standings)
    const witnesses = await this.#witness(head, { block: this.#newest.at(-1)?.block, peer: followed }, standings)
    this.#points.add(head, this.#options.now())
    await this.#save()
    return {
      root,
      isStartOld: this.#isStartOld,
      head,
      followed,
      witnesses,
      failures: this.peers.failures,
      checks: this.#follower.checks,
      fetched: this.#blocks.fetched,
    }
  }

  /** The newest that was verified. */
  get head(): TrustedCheckpoint {
    return this.#state.head
  }

  /** The newest checkpoint that a peer shows, whether or not it can be believed; undefined where it shows none. */
  readonly shownBy = (peer: PeerText): Promise<Checkpoint | undefined> =>
    this.peers.ask(peer, async (who, signal) => {
      const { epoch } = await this.peers.request.status(who, null, signal)
      return (await this.#blocks.fetch(who, { epoch }, signal)).checkpoint
    })

  /** The light block of a verified checkpoint, from the first peer whose block `check` doesn't refuse. */
  blockOf({ epoch, cid }: TrustedCheckpoint, check: (block: LightBlock) => void): Promise<LightBlock> {
    return this.peers.askAny(async (peer, signal) => {
      const block = await this.#blocks.fetch(peer, { epoch }, signal)
      if (!block.cid.equals(cid)) throw new FollowError('block', `checkpoint of epoch ${epoch}`, `${cid}`, block.cid)
      check(block)
      return block
    })
  }

  /** All checkpoints from a verified one down to an epoch, the newest first. */
  back(from: TrustedCheckpoint, epoch: number): AsyncGenerator<EarlierCheckpoint> {
    return this.#follower.back(from, epoch)
  }

  /** The checkpoint of an epoch up to the head. Throws LedgerError `not-yet` or `no-peer`. */
  async checkpointOf(epoch: number): Promise<TrustedCheckpoint> {
    const { head, pivots } = this.#state
    if (epoch > head.epoch)
      throw new LedgerError('not-yet', `epoch ${epoch} isn't final yet: ${head.epoch} is the last`)
    const known = [this.#start, ...this.#newest.map(({ trusted }) => trusted)].find(trusted => trusted.epoch === epoch)
    if (known !== undefined) return known
    const from = pivots.find(pivot => pivot.epoch >= epoch) ?? head
    return await this.#follower.goBack(from, epoch, at => this.#options.onProgress(`back at epoch ${at}`))
  }

  /** The way of the peer that says it is farthest; where it fails, of the next. Where nobody shows epoch `via`, straight on. */
  async #followNewest(standings: readonly Standing[], via: number | undefined): Promise<PeerText | undefined> {
    this.#newest = []
    for (const stops of via === undefined ? [[]] : [[via], []]) {
      for (const { peer, epoch } of standings) {
        if (epoch <= this.#state.head.epoch) return undefined
        if (await this.#followPeer(peer, [...stops.filter(stop => stop < epoch), epoch])) return peer
      }
    }
    if (this.peers.all.length === 0) throw this.peers.noPeer()
    return undefined
  }

  async #followPeer(peer: PeerText, targets: readonly number[]): Promise<boolean> {
    for (const target of targets) {
      const from = this.#state.head
      if (target <= from.epoch) continue
      const reached = await this.#follower.follow(from, peer, target, trusted => this.#passed(trusted))
      this.#state = { ...this.#state, head: reached.trusted }
      if (reached.block !== undefined) this.#newest.push(reached)
      if (reached.trusted.epoch !== target) return false
    }
    return true
  }

  #passed({ epoch, cid }: TrustedCheckpoint): void {
    this.#state = { ...this.#state, pivots: addPivot(this.#state.pivots, { epoch, cid }) }
    this.#options.onProgress(`verified epoch ${epoch}`)
  }

  /** How far the peers say they are, the farthest first. */
  async #standings(): Promise<Standing[]> {
    const { chain } = this.#state.root
    const told = await Promise.all(
      this.peers.all.map(async peer => {
        const status = await this.peers.ask(peer, async (who, signal) => {
          const said = await this.peers.request.status(who, null, signal)
          if (!said.chain.equals(chain)) throw new FollowError('chain', `chain of ${who}`, `${chain}`, said.chain)
          return said
        })
        return status === undefined ? [] : [{ peer, epoch: status.epoch }]
      }),
    )
    return told.flat().sort((a, b) => b.epoch - a.epoch)
  }

  /** What the others say of a checkpoint. One that has another and can't show how it came to it is dropped. */
  async #witness(checkpoint: TrustedCheckpoint, own: OwnSide, standings: readonly Standing[]): Promise<Witness[]> {
    if (checkpoint.checkpoint === null) return []
    const { crypto, signal } = this.#options
    const others = standings.filter(({ peer }) => peer !== own.peer)
    const asking = { peers: this.peers, blocks: this.#blocks, crypto, signal }
    const witnesses = await askWitnesses(asking, others, checkpoint)
    const peer = own.peer ?? witnesses.find(({ verdict }) => verdict === 'agrees')?.peer
    for (const witness of witnesses) {
      if (witness.verdict === 'differs') await this.#examine(checkpoint, { ...own, peer }, witness.peer)
    }
    return witnesses.filter(({ verdict }) => verdict !== 'differs')
  }

  /** Throws SecondHistoryError where the other checkpoint is as good as the own; else drops who shows it. */
  async #examine(checkpoint: TrustedCheckpoint, own: OwnSide, peer: PeerText): Promise<void> {
    const from = this.#points.oldest(this.#options.now())
    const rival = await this.#rivalOf(checkpoint, from, peer)
    if (rival === undefined) {
      const unproven = `it shows another checkpoint of epoch ${checkpoint.epoch} and no way to it`
      return this.peers.drop(peer, new LedgerError('unproven', unproven))
    }
    const roots = from === this.#start ? [from] : [from, this.#start]
    const inquiry = { peers: this.peers, blocks: this.#blocks, crypto: this.#options.crypto, roots }
    throw new SecondHistoryError(await inquire(inquiry, { checkpoint, ...own }, { block: rival, peer }))
  }

  /** The block of another checkpoint that can be followed from what this one was; undefined where it can't. */
  async #rivalOf(
    checkpoint: TrustedCheckpoint,
    from: TrustedCheckpoint,
    peer: PeerText,
  ): Promise<LightBlock | undefined> {
    const { epoch } = checkpoint
    if (epoch > from.epoch) {
      const { trusted, block } = await this.#follower.follow(from, peer, epoch, () => {})
      return trusted.epoch === epoch && !trusted.cid.equals(checkpoint.cid) ? block : undefined
    }
    return await this.peers.ask(peer, async (who, signal) => {
      const block = await this.#blocks.fetch(who, { epoch }, signal)
      checkRival(this.#options.crypto, checkpoint, block)
      return block.cid.equals(checkpoint.cid) ? undefined : block
    })
  }

  async #save(): Promise<void> {
    if (this.#options.dir !== undefined) await writeLightFile(this.#options.dir, this.#state)
  }
}

/** What an earlier run left, unless the user names something else; else what the user names, or accepts. */
async function beginning(
  { trust, accept, crypto }: LightOptions,
  peers: LightPeers,
  blocks: LightBlocks,
  stored: LightState | undefined,
): Promise<LightState> {
  if (stored !== undefined && (trust === undefined || hasVerified(stored, trust))) return stored
  const asking = { peers, blocks, crypto }
  if (trust !== undefined) return begunAt(await fetchNamed(asking, trust), 'named')
  const { checkpoint, peers: agreeing } = await proposeRoot(asking)
  if (!accept) throw new TrustNeededError(checkpoint, agreeing)
  return begunAt(checkpoint, 'accepted')
}

function begunAt(head: TrustedCheckpoint, source: TrustRoot['source']): LightState {
  const { epoch, cid } = head
  return { root: rootFrom(head, source), head, pivots: epoch === 0 ? [] : [{ epoch, cid }] }
}

function hasVerified({ root, pivots }: LightState, cid: Cid): boolean {
  return root.cid.equals(cid) || pivots.some(pivot => pivot.cid.equals(cid))
}
