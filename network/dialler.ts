import type { IdentifyResult, Libp2p } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import type { AddressBook } from './address-book.ts'
import { dialMs, dialsAtOnce, exchangeMs, exchangeWantingMs, gossipRepairMs, peersTold, tendMs } from './limits.ts'
import type { Log } from './log.ts'
import type { PeerText } from './peer.ts'
import { sever } from './sever.ts'

export interface DiallerParts {
  readonly libp2p: Libp2p
  readonly book: AddressBook
  readonly log: Log
  readonly peersTarget: number
  /** Ms, monotonic. */
  now(): number
  isAllowed(peer: PeerText): boolean
  askPeers(peer: PeerText): Promise<readonly string[]>
}

/** Keeps the node connected: dials bootstrap peers whenever they are away, others up to a target, and asks for more. */
export class Dialler {
  readonly #parts: DiallerParts
  readonly #stopping = new AbortController()
  readonly #dialling = new Set<PeerText>()
  /** Connected peers that speak gossip. */
  readonly #gossipers = new Set<PeerText>()
  readonly #exchangedAtMs = new Map<PeerText, number>()
  /** Since when a connected peer has had no outgoing gossip stream. */
  readonly #silentSinceMs = new Map<PeerText, number>()
  #timer: NodeJS.Timeout | undefined

  constructor(parts: DiallerParts) {
    this.#parts = parts
  }

  start(): void {
    this.#parts.libp2p.addEventListener('peer:identify', this.#onIdentify)
    this.#timer = setInterval(() => this.#tend(), tendMs)
    this.#tend()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#parts.libp2p.removeEventListener('peer:identify', this.#onIdentify)
    this.#stopping.abort(new Error('the network stops'))
  }

  /** Addresses of connected peers for `asker`. */
  tell(asker: PeerText): string[] {
    const { libp2p, book } = this.#parts
    const isLocalAsker = this.#connectionsOf(asker).some(connection => isLoopback(connection.remoteAddr.toString()))
    const told: string[] = []
    for (const peer of this.#connected()) {
      if (peer === asker || peer === libp2p.peerId.toString()) continue
      // Others can't use what leads back to their own machine.
      const addr = book.addrsOf(peer).find(candidate => isLocalAsker || !isLoopback(candidate))
      if (addr !== undefined) told.push(addr)
    }
    return told.slice(0, peersTold)
  }

  #tend(): void {
    const { book, isAllowed, peersTarget } = this.#parts
    const nowMs = this.#parts.now()
    const connected = new Set(this.#connected())
    const due = book.due(nowMs, peer => connected.has(peer) || this.#dialling.has(peer) || !isAllowed(peer))
    for (const peer of due.bootstrap) this.#dial(peer)
    const wanted = Math.max(0, peersTarget - connected.size - this.#dialling.size)
    for (const peer of due.spare.slice(0, wanted)) this.#dial(peer)
    this.#exchange(connected, nowMs)
    this.#repairGossip(connected, nowMs)
  }

  #dial(peer: PeerText): void {
    if (this.#dialling.size >= dialsAtOnce) return
    this.#dialling.add(peer)
    const { libp2p, book, log, now } = this.#parts
    const signal = AbortSignal.any([AbortSignal.timeout(dialMs), this.#stopping.signal])
    libp2p
      .dial(
        book.dialAddrsOf(peer).map(addr => multiaddr(addr)),
        { signal },
      )
      .then(() => book.succeeded(peer))
      .catch(error => {
        log.debug({ peer, error }, 'not reached')
        book.failed(peer, now(), Math.random())
      })
      .finally(() => this.#dialling.delete(peer))
  }

  /** Asks one peer a tick for others. */
  #exchange(connected: ReadonlySet<PeerText>, nowMs: number): void {
    const { askPeers, book, log, peersTarget } = this.#parts
    const everyMs = connected.size < peersTarget ? exchangeWantingMs : exchangeMs
    for (const peer of this.#exchangedAtMs.keys()) if (!connected.has(peer)) this.#exchangedAtMs.delete(peer)
    for (const peer of connected) {
      const lastMs = this.#exchangedAtMs.get(peer)
      if (lastMs !== undefined && nowMs - lastMs < everyMs) continue
      this.#exchangedAtMs.set(peer, nowMs)
      askPeers(peer)
        .then(addrs => {
          for (const addr of addrs) book.addHearsay(addr)
        })
        .catch(error => log.debug({ peer, error }, 'no peers told'))
      return
    }
  }

  readonly #onIdentify = (event: CustomEvent<IdentifyResult>): void => {
    const { peerId, listenAddrs, protocols, connection } = event.detail
    const peer = peerId.toString()
    if (protocols.some(isGossip)) this.#gossipers.add(peer)
    for (const addr of listenAddrs) this.#parts.book.addOwn(peer, withPeer(addr.toString(), peer))
    // Last, hence first in the book: this one is known to work.
    if (connection.direction === 'outbound') this.#parts.book.add(connection.remoteAddr.toString())
  }

  /**
   * Gossipsub opens its outgoing stream once per connection and never again. If it is lost (overflow, a duplicate
   * connection that closed), the peer would hear nothing more: only a new connection helps.
   */
  #repairGossip(connected: ReadonlySet<PeerText>, nowMs: number): void {
    for (const peer of this.#gossipers) {
      if (!connected.has(peer)) this.#gossipers.delete(peer)
      if (!connected.has(peer) || this.#sendsGossip(peer)) {
        this.#silentSinceMs.delete(peer)
        continue
      }
      const sinceMs = this.#silentSinceMs.get(peer) ?? nowMs
      this.#silentSinceMs.set(peer, sinceMs)
      if (nowMs - sinceMs < gossipRepairMs) continue
      this.#silentSinceMs.delete(peer)
      this.#parts.log.debug({ peer }, 'the gossip stream is gone: connecting anew')
      sever(this.#connectionsOf(peer), 'no gossip stream')
    }
  }

  #sendsGossip(peer: PeerText): boolean {
    const streams = this.#connectionsOf(peer).flatMap(connection => connection.streams)
    return streams.some(stream => stream.direction === 'outbound' && isGossip(stream.protocol))
  }

  #connected(): PeerText[] {
    return this.#parts.libp2p.getPeers().map(peer => peer.toString())
  }

  #connectionsOf(peer: PeerText) {
    return this.#parts.libp2p.getConnections().filter(connection => connection.remotePeer.toString() === peer)
  }
}

function isGossip(protocol: string): boolean {
  return protocol.startsWith('/meshsub/')
}

function withPeer(addr: string, peer: PeerText): string {
  return addr.includes('/p2p/') ? addr : `${addr}/p2p/${peer}`
}

function isLoopback(addr: string): boolean {
  return addr.startsWith('/ip4/127.') || addr.startsWith('/ip6/::1/')
}
