import { multiaddr } from '@multiformats/multiaddr'
import { MalformedError } from '../consensus/errors.ts'
import { addrCharsMax, addrsPerPeer, knownFailuresMax, knownPeersMax, redialMaxMs, redialMinMs } from './limits.ts'
import type { PeerText } from './peer.ts'

interface Entry {
  readonly peer: PeerText
  /** From the operator or the peer itself, or known to work; the newest first. */
  addrs: string[]
  /** What others tell, the newest first: any of them can tell anything. */
  hearsay: string[]
  /** Named by the operator: dialled for ever, never forgotten. */
  isBootstrap: boolean
  /** It was there once: its silence may be a split network's, which heals. */
  wasReached: boolean
  failures: number
  nextDialMs: number
}

/** The peer in an address that can be dialled: `/ip4|ip6|dns|dns4|dns6/…/tcp/…/p2p/…`. Throws MalformedError. */
export function peerOfAddr(addr: string, field = 'address'): PeerText {
  const peer = dialable(addr)
  if (peer === undefined) {
    throw new MalformedError(field, 'a multiaddr like /ip4/127.0.0.1/tcp/8649/p2p/12D3Koo…', addr)
  }
  return peer
}

/** Nothing but TCP: a peer must not make this node open its local sockets or go through relays. */
function dialable(addr: string): PeerText | undefined {
  if (addr.length > addrCharsMax) return undefined
  try {
    const [host, port, peer, ...rest] = multiaddr(addr).getComponents()
    const isTcp = /^(ip4|ip6|dns|dns4|dns6)$/.test(host?.name ?? '') && port?.name === 'tcp' && port.value !== '0'
    return isTcp && peer?.name === 'p2p' && rest.length === 0 ? peer.value : undefined
  } catch {
    return undefined
  }
}

/** Where peers are, and when to dial them next. */
export class AddressBook {
  readonly #self: PeerText
  readonly #entries = new Map<PeerText, Entry>()

  constructor(self: PeerText) {
    this.#self = self
  }

  addBootstrap(addr: string): void {
    const entry = this.#entryOf(peerOfAddr(addr, 'bootstrap'))
    if (entry === undefined) return
    entry.isBootstrap = true
    entry.addrs = prepended(entry.addrs, addr)
  }

  /**
   * An address that was reached, or is from an earlier run. What can't be dialled is left out: other versions know other kinds.
   * So is one too many.
   */
  add(addr: string): void {
    const entry = this.#entryFor(addr)
    if (entry !== undefined) entry.addrs = prepended(entry.addrs, addr)
  }

  /** An address that a peer says is its own. Whoever speaks for another one isn't heard. */
  addOwn(speaker: PeerText, addr: string): void {
    if (dialable(addr) === speaker) this.add(addr)
  }

  /** What a peer tells of another one. It stands behind what that one says, which nobody can push out. */
  addHearsay(addr: string): void {
    const entry = this.#entryFor(addr)
    if (entry !== undefined && !entry.addrs.includes(addr)) entry.hearsay = prepended(entry.hearsay, addr)
  }

  /** Without hearsay. */
  addrsOf(peer: PeerText): readonly string[] {
    return this.#entries.get(peer)?.addrs ?? []
  }

  /** Where to dial it next. In turns: neither what a peer once said nor what others tell keeps the other from being tried. */
  dialAddrsOf(peer: PeerText): readonly string[] {
    const { addrs = [], hearsay = [], failures = 0 } = this.#entries.get(peer) ?? {}
    const isHearsayDue = addrs.length === 0 || (hearsay.length > 0 && failures % 2 === 1)
    return isHearsayDue ? hearsay : addrs
  }

  succeeded(peer: PeerText): void {
    const entry = this.#entries.get(peer)
    if (entry === undefined) return
    entry.wasReached = true
    entry.failures = 0
    entry.nextDialMs = 0
  }

  /** Backs off; `jitter` from 0 to 1 keeps nodes that lost each other from meeting in step. */
  failed(peer: PeerText, nowMs: number, jitter: number): void {
    const entry = this.#entries.get(peer)
    if (entry === undefined) return
    entry.failures++
    if (!entry.wasReached && isHopeless(entry)) this.#entries.delete(peer)
    const backoffMs = Math.min(redialMaxMs, redialMinMs * 2 ** Math.min(entry.failures - 1, 16))
    entry.nextDialMs = nowMs + backoffMs * (0.5 + 0.5 * jitter)
  }

  /** Peers to dial now, those that always must be connected apart from the spare ones, of which the likeliest come first. */
  due(nowMs: number, isConnected: (peer: PeerText) => boolean): { bootstrap: PeerText[]; spare: PeerText[] } {
    const bootstrap: PeerText[] = []
    const spare: Entry[] = []
    for (const entry of this.#entries.values()) {
      const { peer, nextDialMs, isBootstrap } = entry
      if (nowMs < nextDialMs || isConnected(peer)) continue
      if (isBootstrap) bootstrap.push(peer)
      else spare.push(entry)
    }
    spare.sort((a, b) => a.failures - b.failures)
    return { bootstrap, spare: spare.map(({ peer }) => peer) }
  }

  /** An address each of peers that weren't configured and answered when last dialled; hearsay where there is nothing better. */
  known(): string[] {
    const reliable = [...this.#entries.values()].filter(entry => !entry.isBootstrap && entry.failures === 0)
    return reliable.flatMap(({ addrs, hearsay }) => [...addrs, ...hearsay].slice(0, 1))
  }

  /** Undefined for a bootstrap peer, on whom the operator's word stands. */
  #entryFor(addr: string): Entry | undefined {
    const peer = dialable(addr)
    const entry = peer === undefined ? undefined : this.#entryOf(peer)
    return entry?.isBootstrap === true ? undefined : entry
  }

  #entryOf(peer: PeerText): Entry | undefined {
    if (peer === this.#self) return undefined
    const known = this.#entries.get(peer)
    if (known !== undefined) return known
    if (this.#entries.size >= knownPeersMax && !this.#makeRoom()) return undefined
    const entry: Entry = {
      peer,
      addrs: [],
      hearsay: [],
      isBootstrap: false,
      wasReached: false,
      failures: 0,
      nextDialMs: 0,
    }
    this.#entries.set(peer, entry)
    return entry
  }

  /** Gives up the peer that failed most; false while none has failed often. */
  #makeRoom(): boolean {
    const hopeless = [...this.#entries.values()].filter(isHopeless)
    const [worst] = hopeless.sort((a, b) => b.failures - a.failures)
    return worst !== undefined && this.#entries.delete(worst.peer)
  }
}

function isHopeless({ isBootstrap, failures }: Entry): boolean {
  return !isBootstrap && failures >= knownFailuresMax
}

function prepended(addrs: readonly string[], addr: string): string[] {
  return [addr, ...addrs.filter(other => other !== addr)].slice(0, addrsPerPeer)
}
