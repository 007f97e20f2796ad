import type { Cid } from '../../consensus/cid.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { FollowError } from '../../consensus/light/following/follow-error.ts'
import type { LightBlock } from '../../consensus/light/following/light-block.ts'
import { type TrustedCheckpoint, trustGenesis, trustNamed } from '../../consensus/light/following/trusted-checkpoint.ts'
import type { PeerText } from '../../network/peer.ts'
import type { LightBlocks } from './light-blocks.ts'
import type { LightPeers } from './light-peers.ts'
import { peersToCompare } from './limits.ts'

/** What a light node believes without proof, and on whose word. */
export interface TrustRoot {
  readonly chain: Cid
  readonly epoch: number
  readonly cid: Cid
  /** Milliseconds since 1970. */
  readonly time: number
  /** `named`: the user gave its CID. `accepted`: peers agreed on it, and the user accepted that. */
  readonly source: 'named' | 'accepted'
}

export function rootFrom({ chain, epoch, cid, time }: TrustedCheckpoint, source: TrustRoot['source']): TrustRoot {
  return { chain, epoch, cid, time, source }
}

interface Asking {
  readonly peers: LightPeers
  readonly blocks: LightBlocks
  readonly crypto: Crypto
}

/** The genesis or checkpoint that the user named, from whichever peer has it. */
export async function fetchNamed({ peers, blocks, crypto }: Asking, cid: Cid): Promise<TrustedCheckpoint> {
  return await peers.askAny(async (peer, signal) => {
    const { chain } = await peers.request.status(peer, null, signal)
    if (chain.equals(cid)) return trustGenesis(crypto, cid, await blocks.fetchGenesis(peer, cid, signal))
    const block = await blocks.fetch(peer, { checkpoint: cid }, signal)
    // The user's word for the checkpoint is also one for its chain.
    if (!chain.equals(block.checkpoint.chain))
      throw new FollowError('chain', 'chain', `${block.checkpoint.chain}`, chain)
    return trustNamed(cid, block)
  })
}

/** A checkpoint that several peers show; nothing but their agreement speaks for it. */
export interface Proposal {
  readonly checkpoint: TrustedCheckpoint
  readonly peers: readonly PeerText[]
}

/** What at least three peers agree on. Throws LedgerError `few-peers`, or `peers-disagree` where they don't. */
export async function proposeRoot({ peers, blocks }: Asking): Promise<Proposal> {
  const asked = await Promise.all(
    peers.all.map(async peer => {
      const status = await peers.ask(peer, (who, signal) => peers.request.status(who, null, signal))
      return status === undefined ? [] : [{ peer, status }]
    }),
  )
  const standings = asked.flat()
  expectEnough(standings.length, peers)
  // The newest that all of them have; one that hangs back too far would only choose an older one.
  const epoch = Math.min(...standings.map(({ status }) => status.epoch))
  if (epoch === 0)
    throw new LedgerError('not-yet', 'the ledger has no checkpoint yet', {}, 'pass --trust with its genesis')
  const shown = await Promise.all(
    standings.map(async ({ peer }) => {
      const block = await peers.ask(peer, (who, signal) => blocks.fetch(who, { epoch }, signal))
      return block === undefined ? [] : [{ peer, block }]
    }),
  )
  const told = shown.flat()
  expectEnough(told.length, peers)
  const [{ block }] = told as [{ peer: PeerText; block: LightBlock }]
  if (told.some(other => !other.block.cid.equals(block.cid))) throw disagreement(epoch, told)
  return { checkpoint: trustNamed(block.cid, block), peers: told.map(({ peer }) => peer) }
}

function expectEnough(count: number, peers: LightPeers): void {
  if (count >= peersToCompare) return
  const why = peers.failures.map(({ peer, code, problem }) => `\n${peer}: ${code}: ${problem}`).join('')
  throw new LedgerError(
    'few-peers',
    `${count} peers answered, and without --trust at least ${peersToCompare} have to agree${why}`,
    { count },
    'pass --trust with the CID of the genesis or of a checkpoint from somebody you trust, or more --peer',
  )
}

function disagreement(epoch: number, told: readonly { peer: PeerText; block: LightBlock }[]): LedgerError {
  const lines = told.map(({ peer, block }) => `${peer}: ${block.cid}`)
  return new LedgerError(
    'peers-disagree',
    [`peers show different checkpoints of epoch ${epoch}`, ...lines].join('\n'),
    { epoch },
    'ask somebody you trust which one is right, and pass it with --trust',
  )
}
