import type { Cid } from '../consensus/cid.ts'
import type { Crypto } from '../consensus/crypto.ts'
import type { Traffic } from './byte-counter.ts'
import type { FaultControl } from './faults.ts'
import type { Log } from './log.ts'
import type { PeerInfo, PeerText, Severity, TopicName } from './peer.ts'
import type { Ask, Serve } from './protocol.ts'
import type { Protocols } from './protocols/index.ts'

export type { TopicName } from './peer.ts'

/** What becomes of a gossiped message: passed on; dropped in silence; dropped, and held against the peer that sent it. */
export type Verdict = 'accept' | 'ignore' | 'reject'

/** Judges a message before it is passed on. `bytes` are the handler's to keep. What it throws counts as `ignore`. */
export type GossipHandler = (bytes: Uint8Array, from: PeerText) => Verdict | Promise<Verdict>

export type GossipHandlers = { readonly [T in TopicName]: GossipHandler }
export type Requests = { readonly [N in keyof Protocols]: Ask<Protocols[N]> }
/** `peers` is answered by the network itself. */
export type Handlers = { readonly [N in Exclude<keyof Protocols, 'peers'>]: Serve<Protocols[N]> }

export interface NetworkOptions {
  /** CID of the genesis: nodes of different ledgers share no topic. */
  readonly chain: Cid
  /** Seed of the peer key, 32 bytes. */
  readonly peerSeed: Uint8Array
  readonly crypto: Crypto
  /** Multiaddrs to listen on; none for a node that only dials. */
  readonly listen: readonly string[]
  /** Multiaddrs to tell others instead of the ones listened on, for a node behind a port mapping. */
  readonly announce?: readonly string[]
  /** Multiaddrs with `/p2p/<id>` that are kept dialled. */
  readonly bootstrap: readonly string[]
  /** Multiaddrs with `/p2p/<id>` known from an earlier run (`knownAddrs`): dialled while connections are below the target. */
  readonly known?: readonly string[]
  /** Version text that others see. */
  readonly agent: string
  /** A protocol without a handler isn't offered. */
  readonly handlers: Partial<Handlers>
  /** A topic without a handler isn't subscribed to. */
  readonly gossip: Partial<GossipHandlers>
  readonly log: Log
  /** Connections that the node looks for by itself. */
  readonly peersTarget?: number
  /** Makes `Network.faults` available; `seed` decides what is lost. For tests and testnets only. */
  readonly faults?: { readonly seed: number }
}

export interface NetworkEvents {
  connect: PeerInfo
  disconnect: PeerText
}

export interface GossipCounts {
  readonly published: number
  readonly received: number
  readonly accepted: number
  readonly ignored: number
  readonly rejected: number
  /** Dropped unread because too many waited for their verdict. */
  readonly overflowed: number
}

/** One side of one protocol. */
export interface RequestCounts {
  /** By how they ended: `answered`, or why not. */
  readonly results: Readonly<Record<string, number>>
  /** All of them together took so long. */
  readonly seconds: number
}

/** Counters since the start. */
export interface NetworkStats {
  readonly connections: number
  /** Bytes on the wire. */
  readonly traffic: Traffic
  readonly gossip: { readonly [T in TopicName]: GossipCounts }
  /** By protocol. */
  readonly asked: Readonly<Record<string, RequestCounts>>
  readonly served: Readonly<Record<string, RequestCounts>>
  /** Of peers, by reason. */
  readonly offences: Readonly<Record<string, number>>
  /** All offences. */
  readonly penalties: number
  readonly bans: number
}

export interface Network {
  readonly peerId: PeerText
  /** Own multiaddrs, each with `/p2p/<peerId>`. */
  addrs(): string[]
  /** Connected peers. */
  peers(): PeerInfo[]
  /** Multiaddrs of peers worth dialling after a restart, bootstrap ones left out. */
  knownAddrs(): string[]
  /** Connects to a multiaddr with `/p2p/<id>`; throws RequestError `unreachable`. */
  connect(addr: string, signal?: AbortSignal): Promise<PeerText>
  /** Gossips `bytes`, not to oneself. Resolves when they are handed to the sockets, also if nobody listens; never rejects. */
  publish(topic: TopicName, bytes: Uint8Array): Promise<void>
  readonly request: Requests
  /** Holds an offence against a peer. `reason` is a short code for the log. */
  penalise(peer: PeerText, reason: string, severity: Severity): void
  /** Calls `listener` until the returned function is called. */
  on<E extends keyof NetworkEvents>(event: E, listener: (detail: NetworkEvents[E]) => void): () => void
  stats(): NetworkStats
  readonly faults: FaultControl | undefined
  /** Ends all connections and timers within a few seconds. */
  stop(): Promise<void>
}
