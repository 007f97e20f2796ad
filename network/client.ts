import { identify } from '@libp2p/identify'
import type { Libp2p } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { peerOfAddr } from './address-book.ts'
import { Asker } from './ask.ts'
import { within } from './deadline.ts'
import { requests } from './exchange.ts'
import { commonOptions, plainTcp } from './libp2p-options.ts'
import { dialMs, stopMs } from './limits.ts'
import type { Requests } from './network.ts'
import type { PeerText } from './peer.ts'
import { peerKey } from './peer-key.ts'
import { RequestError } from './request-error.ts'
import { sever } from './sever.ts'
import { Tally } from './tally.ts'

export interface ClientOptions {
  /** Seed of the peer key, 32 bytes. */
  readonly peerSeed: Uint8Array
  /** Version text that others see. */
  readonly agent: string
}

/** The network of who only asks: no gossip, nobody connects to it, and it connects to none but those it is told. */
export interface Client {
  readonly request: Requests
  /** Connects to a multiaddr with `/p2p/<id>`; throws MalformedError, or RequestError `unreachable`. */
  connect(addr: string, signal?: AbortSignal): Promise<PeerText>
  /** Ends the connection, and takes none to this peer again. */
  drop(peer: PeerText): void
  /** Ends all connections within a few seconds. */
  stop(): Promise<void>
}

export async function startClient({ peerSeed, agent }: ClientOptions): Promise<Client> {
  const { key } = await peerKey(peerSeed)
  const dropped = new Set<PeerText>()
  const libp2p = await createLibp2p({
    ...commonOptions({ key, agent, isAllowed: peer => !dropped.has(peer) }),
    addresses: { listen: [] },
    transports: [plainTcp],
    services: { identify: identify() },
  })
  await libp2p.start()
  return new RunningClient(libp2p, dropped)
}

class RunningClient implements Client {
  readonly request: Requests
  readonly #libp2p: Libp2p
  readonly #dropped: Set<PeerText>
  readonly #asker: Asker
  #stopped: Promise<void> | undefined

  constructor(libp2p: Libp2p, dropped: Set<PeerText>) {
    this.#libp2p = libp2p
    this.#dropped = dropped
    // Whoever answers against a protocol is dropped by the caller, who sees the error.
    this.#asker = new Asker({ libp2p, tally: new Tally(), injector: undefined, penalise: () => {} })
    this.request = requests(this.#asker)
  }

  async connect(addr: string, signal?: AbortSignal): Promise<PeerText> {
    const peer = peerOfAddr(addr, 'peer')
    // Its connection may last for a moment longer.
    if (this.#dropped.has(peer)) throw new RequestError('unreachable', 'connection', peer, 'dropped before')
    const deadline = AbortSignal.timeout(dialMs)
    const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline])
    try {
      await within(this.#libp2p.dial(multiaddr(addr), { signal: either }), either)
    } catch (error) {
      throw new RequestError('unreachable', 'connection', peer, error instanceof Error ? error.message : String(error))
    }
    return peer
  }

  drop(peer: PeerText): void {
    this.#dropped.add(peer)
    const connections = this.#libp2p.getConnections()
    sever(
      connections.filter(({ remotePeer }) => remotePeer.toString() === peer),
      'dropped',
    )
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#shutDown()
    return this.#stopped
  }

  async #shutDown(): Promise<void> {
    this.#asker.stop()
    try {
      await within(Promise.resolve(this.#libp2p.stop()), AbortSignal.timeout(stopMs))
    } catch {
      for (const connection of this.#libp2p.getConnections()) connection.abort(new Error('stopping'))
    }
  }
}
