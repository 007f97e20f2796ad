import { noise } from '@chainsafe/libp2p-noise'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { ConnectionGater, Libp2p } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import type { FaultInjector } from './faults.ts'
import { gossipService, type ScoredGossip } from './gossip.ts'
import {
  connectionsMax,
  dialMs,
  dialsAtOnce,
  handshakeMs,
  inboundPendingMax,
  inboundPerSecondPerHost,
  pingMs,
  pingTimeoutMs,
  streamsPerConnection,
  streamWindowBytes,
} from './limits.ts'
import type { NetworkOptions } from './network.ts'
import type { PeerText } from './peer.ts'

export async function peerKey(seed: Uint8Array) {
  const key = await generateKeyPairFromSeed('Ed25519', seed)
  return { key, peer: peerIdFromPrivateKey(key).toString() }
}

export interface NodeParts {
  readonly options: NetworkOptions
  readonly key: Awaited<ReturnType<typeof peerKey>>['key']
  readonly injector: FaultInjector | undefined
  isAllowed(peer: PeerText): boolean
  pointsOf(peer: PeerText): number
}

export interface Libp2pNode {
  readonly libp2p: Libp2p
  readonly gossip: ScoredGossip
}

/** The libp2p node: TCP, noise, yamux, identify, gossipsub. Not started yet. */
export async function createNode({ options, key, injector, isAllowed, pointsOf }: NodeParts): Promise<Libp2pNode> {
  const plainTcp = tcp({ listenOpts: { noDelay: true, keepAlive: true }, dialOpts: { noDelay: true, keepAlive: true } })
  const libp2p = await createLibp2p({
    start: false,
    privateKey: key,
    nodeInfo: { name: 'openledger', userAgent: options.agent },
    addresses: { listen: [...options.listen], announce: [...(options.announce ?? [])] },
    transports: [components => (injector === undefined ? plainTcp(components) : injector.slow(plainTcp(components)))],
    connectionEncrypters: [noise()],
    streamMuxers: [
      yamux({
        maxInboundStreams: streamsPerConnection,
        streamOptions: { initialStreamWindowSize: streamWindowBytes },
      }),
    ],
    connectionManager: {
      maxConnections: connectionsMax,
      inboundConnectionThreshold: inboundPerSecondPerHost,
      maxIncomingPendingConnections: inboundPendingMax,
      inboundUpgradeTimeout: handshakeMs,
      dialTimeout: dialMs,
      maxParallelDials: dialsAtOnce,
      // `dialler.ts` knows whom to dial again and when.
      reconnectRetries: 0,
    },
    connectionMonitor: {
      pingInterval: pingMs,
      // A peer may be paused or busy for a while: only what stays silent is dead.
      pingTimeout: { minTimeout: pingTimeoutMs, maxTimeout: pingTimeoutMs },
    },
    connectionGater: gater(isAllowed),
    services: { identify: identify(), gossip: gossipService(options.chain, options.crypto, pointsOf) },
  })
  return { libp2p, gossip: libp2p.services.gossip as ScoredGossip }
}

/** Refuses peers as soon as their identity is known. */
function gater(isAllowed: (peer: PeerText) => boolean): ConnectionGater {
  return {
    denyDialMultiaddr: () => false,
    denyDialPeer: peer => !isAllowed(peer.toString()),
    denyInboundEncryptedConnection: peer => !isAllowed(peer.toString()),
    denyOutboundEncryptedConnection: peer => !isAllowed(peer.toString()),
  }
}
