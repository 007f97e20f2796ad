import { setTimeout as sleep } from 'node:timers/promises'
import { Cid } from '../../consensus/cid.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import type { TrustedCheckpoint } from '../../consensus/light/following/trusted-checkpoint.ts'
import type { PeerText } from '../../network/peer.ts'
import type { LightBlocks } from './light-blocks.ts'
import { type LightPeers, UnknownError } from './light-peers.ts'
import { witnessLagMax, witnessMs, witnessRetryMs } from './limits.ts'

/** What another peer than the one that was followed says of a checkpoint. */
export interface Witness {
  readonly peer: PeerText
  /** `behind`: it hasn't that epoch, and says nothing. */
  readonly verdict: 'agrees' | 'behind' | 'differs'
}

/** A peer, and how far it said that it is. */
export interface Standing {
  readonly peer: PeerText
  readonly epoch: number
}

export interface WitnessOptions {
  readonly peers: LightPeers
  readonly blocks: LightBlocks
  readonly crypto: Crypto
  readonly signal: AbortSignal
}

/** Asks each of these peers for the checkpoint of an epoch. Those that fail are dropped, and are no witnesses. */
export async function askWitnesses(
  options: WitnessOptions,
  witnesses: readonly Standing[],
  { epoch, cid }: Pick<TrustedCheckpoint, 'epoch' | 'cid'>,
): Promise<Witness[]> {
  const said = await Promise.all(
    witnesses.map(async standing => {
      const { peer } = standing
      const shown = await shownBy(options, standing, epoch)
      if (shown === undefined) return []
      const verdict = shown === 'behind' ? shown : shown.equals(cid) ? 'agrees' : 'differs'
      return [{ peer, verdict } as const]
    }),
  )
  return said.flat()
}

async function shownBy(
  options: WitnessOptions,
  { peer, epoch: said }: Standing,
  epoch: number,
): Promise<Cid | 'behind' | undefined> {
  if (said < epoch - witnessLagMax) return 'behind'
  const { peers, blocks, crypto, signal } = options
  const endMs = performance.now() + witnessMs
  for (;;) {
    const shown = await peers.ask(peer, async (who, patience) => {
      try {
        const [block] = await blocks.fetchBare(who, epoch, epoch, patience)
        return Cid.of(crypto, block!)
      } catch (error) {
        if (error instanceof UnknownError) return 'behind'
        throw error
      }
    })
    if (shown !== 'behind' || performance.now() > endMs) return shown
    await sleep(witnessRetryMs, undefined, { signal })
  }
}
