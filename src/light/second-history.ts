import { accountKeyText } from '../../consensus/account.ts'
import { isMoreThanThird, totalStake, type ValidatorSet } from '../../consensus/agreement/validator-set.ts'
import { toKey } from '../../consensus/bytes.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import { LedgerError } from '../../consensus/errors.ts'
import {
  type BlockPair,
  type Divergence,
  DivergenceSearch,
  isDecided,
  type LastShared,
} from '../../consensus/light/following/divergence.ts'
import { type Guilty, guiltyOf } from '../../consensus/light/following/guilty.ts'
import type { LightBlock } from '../../consensus/light/following/light-block.ts'
import { type TrustedCheckpoint, trustGenesis } from '../../consensus/light/following/trusted-checkpoint.ts'
import type { PeerText } from '../../network/peer.ts'
import { openText } from '../decimal.ts'
import type { LightBlocks } from './light-blocks.ts'
import type { LightPeers } from './light-peers.ts'

/** One of two histories, as a peer shows it. */
export interface HistorySide {
  /** Undefined where nobody shows it any more. */
  readonly peer: PeerText | undefined
  readonly cid: Cid
  /** Whether the set of the first diverging epoch decided what this side shows there; undefined where it couldn't be found. */
  readonly isDecided: boolean | undefined
}

export interface SecondHistory {
  /** The epoch in which they were found to differ. */
  readonly epoch: number
  readonly sides: readonly [HistorySide, HistorySide]
  /** The first epoch in which they differ; undefined where a peer failed before it was found. */
  readonly firstEpoch: number | undefined
  /** Who signed on both sides, those with a proof first. */
  readonly guilty: readonly Guilty[]
  /** Whether the guilty with a proof have more than 1/3 of the stake of the set that was to decide. */
  readonly isThirdProven: boolean
}

/** Two histories, both followed from the same trusted checkpoint: more than a third of a set is faulty, and neither can be believed. */
export class SecondHistoryError extends LedgerError {
  readonly history: SecondHistory

  constructor(history: SecondHistory) {
    super(
      'second-history',
      describe(history),
      { epoch: history.epoch, firstEpoch: history.firstEpoch, guilty: history.guilty.map(({ account }) => account) },
      'nothing was stored; ask somebody you trust which checkpoint is right, and pass it with --trust',
    )
    this.history = history
  }
}

export interface Inquiry {
  readonly peers: LightPeers
  readonly blocks: LightBlocks
  readonly crypto: Crypto
  /** What both histories may have in common, at least one, the newest first: what the other one was followed from, and the start. */
  readonly roots: readonly TrustedCheckpoint[]
}

/** The checkpoint that was followed to, the block that it came with, and who shows it, as far as they are there. */
export interface OwnSide {
  readonly block: LightBlock | undefined
  readonly peer: PeerText | undefined
}

/** Finds out where two histories part and who signed both. A peer that fails meanwhile leaves the report shorter. */
export async function inquire(
  inquiry: Inquiry,
  own: OwnSide & { readonly checkpoint: TrustedCheckpoint },
  other: { readonly block: LightBlock; readonly peer: PeerText },
): Promise<SecondHistory> {
  const { checkpoint, peer } = own
  const block = own.block ?? (await fetchOwn(inquiry, own))
  const found =
    block === undefined || peer === undefined
      ? undefined
      : await findDivergence(inquiry, [peer, other.peer], [block, other.block])
  const pairs = [
    ...(found === undefined ? [] : [found.blocks]),
    ...(block === undefined ? [] : [[block, other.block] as const]),
  ]
  const set = found?.shared.nextValidators ?? checkpoint.validators
  const guilty = merged(pairs.flatMap(pair => guiltyOf(inquiry.crypto, pair)))
  const proven = guilty.filter(({ proof }) => proof !== null)
  const decided = (i: 0 | 1) => found && isDecided(inquiry.crypto, found.shared, found.blocks[i])
  return {
    epoch: checkpoint.epoch,
    sides: [
      { peer, cid: checkpoint.cid, isDecided: decided(0) },
      { peer: other.peer, cid: other.block.cid, isDecided: decided(1) },
    ],
    firstEpoch: found && found.shared.epoch + 1,
    guilty: [...proven, ...guilty.filter(({ proof }) => proof === null)],
    isThirdProven: isMoreThanThird(stakeIn(set, proven), totalStake(set)),
  }
}

async function fetchOwn(
  { peers, blocks }: Inquiry,
  { checkpoint, peer }: OwnSide & { readonly checkpoint: TrustedCheckpoint },
): Promise<LightBlock | undefined> {
  if (peer === undefined) return undefined
  const block = await peers.ask(peer, (who, signal) => blocks.fetch(who, { epoch: checkpoint.epoch }, signal))
  return block?.cid.equals(checkpoint.cid) === true ? block : undefined
}

/** µOPEN of those who are in the set. */
function stakeIn(set: ValidatorSet, guilty: readonly Guilty[]): number {
  const keys = new Set(guilty.map(({ key }) => toKey(key)))
  return set.reduce((sum, { key, stake }) => (keys.has(toKey(key)) ? sum + stake : sum), 0)
}

async function findDivergence(
  inquiry: Inquiry,
  sides: readonly [PeerText, PeerText],
  pair: BlockPair,
): Promise<Divergence | undefined> {
  const shared = await sharedBefore(inquiry, sides, pair)
  if (shared === undefined) return undefined
  const search = new DivergenceSearch(shared, pair)
  for (let epoch = search.needed; epoch !== undefined; epoch = search.needed) {
    const blocks = await pairOf(inquiry, sides, epoch)
    if (blocks === undefined) return undefined
    search.take(blocks)
  }
  return search.found
}

/** The newest root that both sides have; else the genesis, which all histories of a chain share. */
async function sharedBefore(
  inquiry: Inquiry,
  sides: readonly [PeerText, PeerText],
  pair: BlockPair,
): Promise<LastShared | undefined> {
  const { peers, blocks, crypto, roots } = inquiry
  for (const root of roots) {
    if (root.checkpoint === null) return root
    if (root.epoch >= pair[0].checkpoint.epoch) continue
    const atRoot = await pairOf(inquiry, sides, root.epoch)
    if (atRoot === undefined) return undefined
    if (atRoot.every(({ cid }) => cid.equals(root.cid))) return root
  }
  const { chain } = pair[0].checkpoint
  try {
    return await peers.askAny(async (peer, signal) =>
      trustGenesis(crypto, chain, await blocks.fetchGenesis(peer, chain, signal)),
    )
  } catch (error) {
    if (error instanceof LedgerError) return undefined
    throw error
  }
}

async function pairOf(
  { peers, blocks }: Inquiry,
  [own, other]: readonly [PeerText, PeerText],
  epoch: number,
): Promise<BlockPair | undefined> {
  const fetch = (peer: PeerText) => peers.ask(peer, (who, signal) => blocks.fetch(who, { epoch }, signal))
  const [a, b] = await Promise.all([fetch(own), fetch(other)])
  return a !== undefined && b !== undefined && a.checkpoint.epoch === epoch && b.checkpoint.epoch === epoch
    ? [a, b]
    : undefined
}

/** Each once, with a proof where there is one. */
function merged(guilty: readonly Guilty[]): Guilty[] {
  const byAccount = new Map<string, Guilty>()
  for (const one of guilty) if (byAccount.get(one.account)?.proof == null) byAccount.set(one.account, one)
  return [...byAccount.values()]
}

function describe({ epoch, sides, firstEpoch, guilty, isThirdProven }: SecondHistory): string {
  const where = firstEpoch === undefined ? '' : `; they part in epoch ${firstEpoch}`
  const lines = [
    `there are two histories of this ledger: epoch ${epoch} has two checkpoints, both signed by enough stake${where}`,
    ...sides.map(
      ({ peer, cid, isDecided: decided }) =>
        `  ${cid} from ${peer ?? 'nobody any more'}${decided === false ? ', which the set in office did not decide' : ''}`,
    ),
    guilty.length === 0 ? 'nobody is in both certificates' : 'signed on both sides:',
    ...guilty.map(({ account, stake, proof }) => {
      const what = proof === null ? 'in different rounds: the prevotes between them would tell' : proof.offence
      return `  ${accountKeyText(account)}, ${openText(stake)} OPEN at stake: ${what}`
    }),
    ...(isThirdProven ? ['more than a third of the stake is proven guilty'] : []),
  ]
  return lines.join('\n')
}
