import { noise } from '@chainsafe/libp2p-noise'
import type { ConnectionGater } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import type { Libp2pOptions } from 'libp2p'
import { HostPlaces } from './host-places.ts'
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
import type { PeerText } from './peer.ts'
import type { peerKey } from './peer-key.ts'

export interface CommonParts {
  readonly key: Awaited<ReturnType<typeof peerKey>>['key']
  /** Version text that others see. */
  readonly agent: string
  isAllowed(peer: PeerText): boolean
}

export const plainTcp = tcp({
  listenOpts: { noDelay: true, keepAlive: true },
  dialOpts: { noDelay: true, keepAlive: true },
})

/** What every libp2p node here speaks, and within which bounds. */
export function commonOptions({ key, agent, isAllowed }: CommonParts): Omit<Libp2pOptions, 'services'> {
  return {
    start: false,
    privateKey: key,
    nodeInfo: { name: 'openledger', userAgent: agent },
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
  }
}

/** Refuses hosts that hold enough connections, and peers as soon as their identity is known. */
function gater(isAllowed: (peer: PeerText) => boolean): ConnectionGater {
  const places = new HostPlaces()
  return {
    denyInboundConnection: connection => !places.take(connection),
    denyDialMultiaddr: () => false,
    denyDialPeer: peer => !isAllowed(peer.toString()),
    denyInboundEncryptedConnection: peer => !isAllowed(peer.toString()),
    denyOutboundEncryptedConnection: peer => !isAllowed(peer.toString()),
  }
}
