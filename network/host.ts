import type { Connection, IdentifyResult, PeerId } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { LedgerError } from '../consensus/errors.ts'
import { AddressBook, peerOfAddr } from './address-book.ts'
import { Asker } from './ask.ts'
import { within } from './deadline.ts'
import { Dialler } from './dialler.ts'
import { offer, requests } from './exchange.ts'
import { type FaultControl, FaultInjector, type Faults } from './faults.ts'
import { createNode, type Libp2pNode } from './libp2p-node.ts'
import { dialMs, peersTargetDefault, stopMs } from './limits.ts'
import type { Network, NetworkEvents, NetworkOptions, NetworkStats, Requests, TopicName } from './network.ts'
import type { PeerInfo, PeerText, Severity } from './peer.ts'
import { peerKey } from './peer-key.ts'
import { PeerMemory } from './peer-memory.ts'
import { Penalties } from './penalty.ts'
import { RequestError } from './request-error.ts'
import { Server } from './serve.ts'
import { sever } from './sever.ts'
import { Tally } from './tally.ts'
import { Topics } from './topics.ts'

/**
 * Starts the network: listens, offers its protocols, subscribes to its topics, dials. Throws MalformedError for wrong options, and
 * LedgerError `listen` where no address can be listened on.
 */
export async function startNetwork(options: NetworkOptions): Promise<Network> {
  const { key, peer } = await peerKey(options.peerSeed)
  const book = new AddressBook(peer)
  for (const addr of options.known ?? []) book.add(addr)
  for (const addr of options.bootstrap) book.addBootstrap(addr)
  const penalties = new Penalties(now)
  const injector = options.faults && new FaultInjector(peer, options.faults.seed)
  const reaches = (other: PeerText) => !penalties.isBanned(other) && (injector?.reaches(other) ?? true)
  const pointsOf = (other: PeerText) => penalties.points(other)
  const node = await createNode({ options, key, injector, isAllowed: reaches, pointsOf })
  const network = new RunningNetwork({ options, peer, node, book, penalties, injector })
  await network.start()
  return network
}

interface Parts {
  readonly options: NetworkOptions
  readonly peer: PeerText
  readonly node: Libp2pNode
  readonly book: AddressBook
  readonly penalties: Penalties
  readonly injector: FaultInjector | undefined
}

type Listeners = { readonly [E in keyof NetworkEvents]: Set<(detail: NetworkEvents[E]) => void> }

const now = () => performance.now()

class RunningNetwork implements Network {
  readonly peerId: PeerText
  readonly request: Requests
  readonly faults: FaultControl | undefined
  readonly #options: NetworkOptions
  readonly #node: Libp2pNode
  readonly #book: AddressBook
  readonly #penalties: Penalties
  readonly #tally = new Tally()
  readonly #asker: Asker
  readonly #server: Server
  readonly #topics: Topics
  readonly #dialler: Dialler
  readonly #memory: PeerMemory
  /** By connection, and gone with it. */
  readonly #agents = new WeakMap<Connection, string>()
  readonly #listeners: Listeners = { connect: new Set(), disconnect: new Set() }
  #stopped: Promise<void> | undefined

  constructor({ options, peer, node, book, penalties, injector }: Parts) {
    this.peerId = peer
    this.#options = options
    this.#node = node
    this.#book = book
    this.#penalties = penalties
    this.faults = injector && { set: faults => this.#setFaults(injector, faults) }

    const { libp2p, gossip } = node
    const { chain, log } = options
    const tally = this.#tally
    const penalise: Network['penalise'] = (other, reason, severity) => this.penalise(other, reason, severity)
    this.#asker = new Asker({ libp2p, tally, injector, penalise })
    this.request = requests(this.#asker)
    this.#server = new Server({ tally, log, now, penalise })
    this.#topics = new Topics({ gossip, chain, handlers: options.gossip, tally, injector, log, penalise })
    this.#dialler = new Dialler({
      libp2p,
      book,
      log,
      now,
      // Nobody tells a node that it is cut off: whom a partition keeps away is dialled in vain, and the backoff grows.
      isAllowed: other => !penalties.isBanned(other),
      peersTarget: options.peersTarget ?? peersTargetDefault,
      askPeers: other => this.request.peers(other, null),
    })
    this.#memory = new PeerMemory({ libp2p, log })
  }

  async start(): Promise<void> {
    const { libp2p } = this.#node
    libp2p.addEventListener('peer:connect', this.#onConnect)
    libp2p.addEventListener('peer:disconnect', this.#onDisconnect)
    libp2p.addEventListener('peer:identify', this.#onIdentify)
    await offer(libp2p, this.#server, this.#options.handlers, asker => this.#dialler.tell(asker))
    await this.#listen()
    this.#topics.start()
    this.#dialler.start()
    this.#memory.start()
    this.#options.log.debug({ peer: this.peerId, addrs: this.addrs() }, 'the network runs')
  }

  async #listen(): Promise<void> {
    try {
      await this.#node.libp2p.start()
    } catch (error) {
      await this.stop()
      const { listen } = this.#options
      const next = 'check the address, and whether another program uses the port'
      throw new LedgerError('listen', `cannot listen on ${unheard(error, listen)}`, { listen }, next)
    }
  }

  addrs(): string[] {
    return this.#node.libp2p.getMultiaddrs().map(addr => addr.toString())
  }

  peers(): PeerInfo[] {
    return this.#node.libp2p.getPeers().flatMap(peer => this.#describe(peer) ?? [])
  }

  knownAddrs(): string[] {
    return this.#book.known()
  }

  async connect(addr: string, signal?: AbortSignal): Promise<PeerText> {
    const peer = peerOfAddr(addr)
    const deadline = AbortSignal.timeout(dialMs)
    const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline])
    try {
      await within(this.#node.libp2p.dial(multiaddr(addr), { signal: either }), either)
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error)
      throw new RequestError('unreachable', 'connection', peer, detail)
    }
    this.#book.add(addr)
    return peer
  }

  async publish(topic: TopicName, bytes: Uint8Array): Promise<void> {
    await this.#topics.publish(topic, bytes)
  }

  penalise(peer: PeerText, reason: string, severity: Severity): void {
    this.#tally.penalties.add(reason)
    const isBanned = this.#penalties.add(peer, severity)
    this.#options.log.debug({ peer, reason, severity, points: this.#penalties.points(peer) }, 'a peer misbehaved')
    if (!isBanned) return
    this.#tally.bans++
    this.#options.log.debug({ peer, reason }, 'a peer is banned for a while')
    this.#cut(other => other === peer, 'banned')
  }

  on<E extends keyof NetworkEvents>(event: E, listener: (detail: NetworkEvents[E]) => void): () => void {
    this.#listeners[event].add(listener)
    return () => this.#listeners[event].delete(listener)
  }

  stats(): NetworkStats {
    return this.#tally.snapshot(this.#node.libp2p.getConnections().length, this.#node.bytes.total())
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#shutDown()
    return this.#stopped
  }

  async #shutDown(): Promise<void> {
    const { libp2p } = this.#node
    this.#memory.stop()
    this.#dialler.stop()
    this.#server.stop()
    this.#asker.stop()
    try {
      await within(Promise.resolve(libp2p.stop()), AbortSignal.timeout(stopMs))
    } catch (error) {
      this.#options.log.warn({ error }, 'the network did not stop in order')
      this.#cut(() => true, 'stopping')
    }
    libp2p.removeEventListener('peer:connect', this.#onConnect)
    libp2p.removeEventListener('peer:disconnect', this.#onDisconnect)
    libp2p.removeEventListener('peer:identify', this.#onIdentify)
  }

  readonly #onConnect = (event: CustomEvent<PeerId>): void => {
    this.#book.succeeded(event.detail.toString())
    const info = this.#describe(event.detail)
    if (info !== undefined) this.#emit('connect', info)
  }

  readonly #onDisconnect = (event: CustomEvent<PeerId>): void => {
    this.#emit('disconnect', event.detail.toString())
  }

  readonly #onIdentify = (event: CustomEvent<IdentifyResult>): void => {
    const { connection, agentVersion } = event.detail
    if (agentVersion !== undefined) this.#agents.set(connection, agentVersion)
  }

  #emit<E extends keyof NetworkEvents>(event: E, detail: NetworkEvents[E]): void {
    for (const listener of this.#listeners[event]) {
      try {
        listener(detail)
      } catch (error) {
        this.#options.log.error({ event, error }, 'a listener failed')
      }
    }
  }

  #describe(peer: PeerId): PeerInfo | undefined {
    const id = peer.toString()
    const connections = this.#node.libp2p.getConnections(peer)
    const [connection] = connections
    if (connection === undefined) return undefined
    return {
      id,
      addr: connection.remoteAddr.toString(),
      direction: connection.direction,
      score: this.#node.gossip.getScore(id),
      agent: this.#agents.get(connections.find(of => this.#agents.has(of)) ?? connection),
      topics: this.#topics.of(id),
      connectedAtMs: connection.timeline.open,
    }
  }

  #setFaults(injector: FaultInjector, faults: Faults): void {
    injector.set(faults)
    this.#cut(peer => !injector.reaches(peer), 'partitioned on purpose')
  }

  #cut(isMeant: (peer: PeerText) => boolean, reason: string): void {
    sever(
      this.#node.libp2p.getConnections().filter(({ remotePeer }) => isMeant(remotePeer.toString())),
      reason,
    )
  }
}

/** Which addresses could not be had, and why; libp2p adds stacks, and advice to whoever programs with it. */
function unheard(error: unknown, listen: readonly string[]): string {
  const text = error instanceof Error ? error.message : String(error)
  const causes = [...text.matchAll(/^ {2}(\/\S+): (?:\w*Error: )?(.+)$/gm)].map(
    ([, addr, cause]) => `${addr}: ${cause}`,
  )
  return causes.length > 0 ? causes.join('; ') : `${listen.join(', ')}: ${text}`
}
