import { identify } from '@libp2p/identify'
import type { Libp2p } from '@libp2p/interface'
import { createLibp2p } from 'libp2p'
import { ByteCounter } from './byte-counter.ts'
import type { FaultInjector } from './faults.ts'
import { gossipService, type ScoredGossip } from './gossip.ts'
import { type CommonParts, commonOptions, plainTcp } from './libp2p-options.ts'
import type { NetworkOptions } from './network.ts'
import type { PeerText } from './peer.ts'

export interface NodeParts extends Omit<CommonParts, 'agent'> {
  readonly options: NetworkOptions
  readonly injector: FaultInjector | undefined
  pointsOf(peer: PeerText): number
}

export interface Libp2pNode {
  readonly libp2p: Libp2p
  readonly gossip: ScoredGossip
  readonly bytes: ByteCounter
}

/** The libp2p node: TCP, noise, yamux, identify, gossipsub. Not started yet. */
export async function createNode({ options, key, injector, isAllowed, pointsOf }: NodeParts): Promise<Libp2pNode> {
  const { agent, listen, announce = [] } = options
  const bytes = new ByteCounter()
  const libp2p = await createLibp2p({
    ...commonOptions({ key, agent, isAllowed }),
    addresses: { listen: [...listen], announce: [...announce] },
    transports: [
      components => {
        const counted = bytes.counting(plainTcp(components))
        return injector === undefined ? counted : injector.slow(counted)
      },
    ],
    services: { identify: identify(), gossip: gossipService(options.chain, options.crypto, pointsOf) },
  })
  return { libp2p, gossip: libp2p.services.gossip as ScoredGossip, bytes }
}
