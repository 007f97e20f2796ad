import { concat, toKey, utf8 } from '../../../consensus/bytes.ts'
import { decode, EncodingError } from '../../../consensus/cbor/decode.ts'
import { MalformedError } from '../../../consensus/errors.ts'
import { requests } from '../../../network/exchange.ts'
import { gossipBytesMax } from '../../../network/limits.ts'
import type { Network, NetworkEvents, Requests, TopicName } from '../../../network/network.ts'
import type { PeerInfo, PeerText, Severity } from '../../../network/peer.ts'
import { Penalties } from '../../../network/penalty.ts'
import type { AnyProtocol } from '../../../network/protocol.ts'
import type { Protocols } from '../../../network/protocols/index.ts'
import type { VotesAnswer } from '../../../network/protocols/votes.ts'
import { RequestError } from '../../../network/request-error.ts'
import { TokenBucket } from '../../../network/token-bucket.ts'
import { nativeCrypto } from '../../../src/crypto/native.ts'
import type { Wiring } from '../../../src/node/node-parts.ts'
import type { Random } from '../random.ts'
import type { VirtualClock } from '../virtual-clock.ts'
import type { Life } from './life.ts'
import type { Endpoint, Selective, Wire } from './wire.ts'

/** What a lying machine does to what leaves it. Each message goes out as often as it has versions. */
export interface Tampering {
  gossip(topic: TopicName, bytes: Uint8Array, to: number): readonly Uint8Array[]
  answer(protocol: keyof Protocols, items: readonly unknown[], to: number): readonly unknown[]
  /** Whether it takes in what comes. */
  hears(topic: TopicName, bytes: Uint8Array): boolean
  /** Whether it passes on what others say. */
  readonly forwards: boolean
}

export interface PeerNetworkParts {
  readonly machine: number
  readonly life: Life
  readonly clock: VirtualClock
  readonly random: Random
  readonly wire: Wire
  readonly wiring: Wiring
  readonly networks: Networks
  /** By gossiped message: the only machines that it reaches. */
  readonly withheld: ReadonlyMap<string, ReadonlySet<number>>
  readonly tampering: Tampering | undefined
  /** A handler threw something that isn't the sender's fault. */
  readonly onFailure: (error: unknown) => void
  readonly onPenalty: (peer: number, reason: string) => void
  /** A proposal that nobody is known to have told before, perhaps. */
  readonly onProposal: (bytes: Uint8Array) => void
  /** Before each copy of a message leaves; the machine may end here. */
  readonly onSend: () => void
}

/** The networks of the machines that are up, by their number. */
export type Networks = (PeerNetwork | undefined)[]

interface Gossiped {
  readonly topic: TopicName
  readonly id: string
  readonly bytes: Uint8Array
  readonly selective: Selective | undefined
}

/** Gossip forgets a message after this long, and forwards it to so many peers; the own ones go to all. */
const seenMs = 120_000
const meshPeers = 8

export const peerText = (machine: number): PeerText => `peer-${machine}`
const machineOf = (peer: PeerText): number => Number(peer.slice('peer-'.length))

/** One machine's network in one of its lives: the real interface, limits and codecs over simulated links. */
export class PeerNetwork implements Network, Endpoint {
  readonly peerId: PeerText
  readonly request: Requests
  readonly faults = undefined
  readonly #parts: PeerNetworkParts
  readonly #penalties: Penalties
  readonly #listeners = {
    connect: new Set<(peer: PeerInfo) => void>(),
    disconnect: new Set<(peer: PeerText) => void>(),
  }
  /** By id: until when it counts as known. */
  readonly #seen = new Map<string, number>()
  readonly #buckets = new Map<string, TokenBucket>()
  readonly #listening = new Set<() => void>()

  constructor(parts: PeerNetworkParts) {
    this.#parts = parts
    this.peerId = peerText(parts.machine)
    this.#penalties = new Penalties(() => parts.clock.nowMs)
    this.request = requests({
      ask: (protocol, peer, request, signal) => this.#ask(protocol, machineOf(peer), request, signal),
    })
    parts.networks[parts.machine] = this
    parts.wire.attach(parts.machine, this)
    parts.life.onEnd(() => {
      parts.networks[parts.machine] = undefined
      parts.wire.detach(parts.machine)
      for (const leave of this.#listening) leave()
    })
  }

  addrs(): string[] {
    return []
  }

  knownAddrs(): string[] {
    return []
  }

  peers(): PeerInfo[] {
    return this.#peers().map(peerInfo)
  }

  async connect(addr: string): Promise<PeerText> {
    return addr
  }

  async publish(topic: TopicName, bytes: Uint8Array): Promise<void> {
    const { life, tampering } = this.#parts
    if (life.isOver || bytes.length > gossipBytesMax[topic]) return
    const message = asMessage(topic, bytes)
    if (!this.#isNew(message.id)) return
    if (topic === 'proposals') this.#parts.onProposal(bytes)
    for (const peer of this.#peers()) {
      this.#parts.onSend()
      if (life.isOver) return
      if (tampering === undefined) this.#send(message, peer)
      else for (const version of tampering.gossip(topic, bytes, peer)) this.#send(asMessage(topic, version), peer)
    }
  }

  penalise(peer: PeerText, reason: string, severity: Severity): void {
    this.#parts.onPenalty(machineOf(peer), reason)
    this.#penalties.add(peer, severity)
  }

  on<E extends keyof NetworkEvents>(event: E, listener: (detail: NetworkEvents[E]) => void): () => void {
    const listeners = this.#listeners[event] as Set<(detail: NetworkEvents[E]) => void>
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  stats(): never {
    throw new Error('a simulated network keeps no counters')
  }

  async stop(): Promise<void> {}

  isBanned(peer: number): boolean {
    return this.#penalties.isBanned(peerText(peer))
  }

  onConnect(peer: number): void {
    for (const listener of this.#listeners.connect) listener(peerInfo(peer))
  }

  onDisconnect(peer: number): void {
    for (const listener of this.#listeners.disconnect) listener(peerText(peer))
  }

  #peers(): number[] {
    const { wire, machine } = this.#parts
    return wire.peersOf(machine)
  }

  /** Gossip drops what it has seen within two minutes, its own messages included. */
  #isNew(id: string): boolean {
    const nowMs = this.#parts.clock.nowMs
    const until = this.#seen.get(id)
    if (until !== undefined && nowMs < until) return false
    this.#seen.delete(id)
    this.#seen.set(id, nowMs + seenMs)
    for (const [oldest, end] of this.#seen) {
      if (end > nowMs) break
      this.#seen.delete(oldest)
    }
    return true
  }

  #send(message: Gossiped, to: number): void {
    const { wire, networks, machine, withheld } = this.#parts
    if (withheld.get(message.id)?.has(to) === false) return
    const { topic, selective, bytes } = message
    const arrive = () => networks[to]?.receive(message, machine) ?? false
    wire.gossip(machine, to, { kind: topic, selective, bytes: bytes.length }, arrive)
  }

  /** False where nobody was woken up by it. */
  receive(message: Gossiped, from: number): boolean {
    const { wiring, onFailure, life, onPenalty, tampering } = this.#parts
    const handler = wiring.gossip[message.topic]
    if (handler === undefined || this.isBanned(from) || !this.#isNew(message.id)) return false
    if (tampering?.hears(message.topic, message.bytes) === false) return false
    if (message.topic === 'proposals') this.#parts.onProposal(message.bytes)
    const judge = async (): Promise<void> => {
      const verdict = await handler(message.bytes, peerText(from))
      if (life.isOver) return
      if (verdict === 'accept') this.#forward(message, from)
      if (verdict !== 'reject') return
      onPenalty(from, `rejected-${message.topic}`)
      this.#penalties.add(peerText(from), 'major')
    }
    judge().catch(onFailure)
    return true
  }

  #forward(message: Gossiped, from: number): void {
    const { tampering, random } = this.#parts
    if (tampering?.forwards === false) return
    const others = this.#peers().filter(peer => peer !== from)
    while (others.length > meshPeers) others.splice(random.below(others.length), 1)
    for (const peer of others) this.#send(message, peer)
  }

  #ask<Request, Item>(
    protocol: AnyProtocol<Request, Item>,
    to: number,
    request: Request,
    signal: AbortSignal | undefined,
  ): Promise<Item[]> {
    const { clock, life, wire, machine, networks } = this.#parts
    const fail = (code: 'unreachable' | 'timeout' | 'aborted' | 'malformed' | 'refused') =>
      new RequestError(code, protocol.name, peerText(to), code)
    if (!wire.isConnected(machine, to)) return Promise.reject(fail('unreachable'))
    if (signal?.aborted) return Promise.reject(fail('aborted'))
    const { promise, resolve, reject } = Promise.withResolvers<Item[]>()
    // An answer arrives as a whole here: its peer is silent until then.
    clock.after(protocol.limits.silenceMs, () => {
      if (life.isOver) return false
      reject(fail('timeout'))
      return true
    })
    const bytes = protocol.request.encode(request)
    wire.send(machine, to, 'requests', bytes.length, () => {
      const server = networks[to]
      if (server === undefined) return false
      server.serve(protocol, bytes, machine, answer => {
        if (life.isOver) return
        if (answer === 'busy') reject(fail('refused'))
        else this.#readAnswer(protocol, answer, to, resolve, () => reject(fail('malformed')))
      })
      return true
    })
    return this.#until(promise, signal, () => reject(fail('aborted')))
  }

  /** A signal made of others keeps whoever listens to it, and with it a whole run: so nobody listens for longer than a life. */
  #until<T>(promise: Promise<T>, signal: AbortSignal | undefined, onAbort: () => void): Promise<T> {
    if (signal === undefined) return promise
    const leave = (): void => {
      signal.removeEventListener('abort', onAbort)
      this.#listening.delete(leave)
    }
    this.#listening.add(leave)
    signal.addEventListener('abort', onAbort)
    return promise.finally(leave)
  }

  #readAnswer<Request, Item>(
    protocol: AnyProtocol<Request, Item>,
    answer: readonly Uint8Array[],
    from: number,
    resolve: (items: Item[]) => void,
    refuse: () => void,
  ): void {
    try {
      const items = answer.map(bytes => protocol.item.decode(bytes))
      if (protocol.name === 'votes') for (const item of items) this.#showProposals(item as VotesAnswer)
      if (protocol.answer === 'one' && items.length !== 1) throw new MalformedError('answer', 'one item', items)
      resolve(items)
    } catch (error) {
      if (!(error instanceof MalformedError || error instanceof EncodingError)) throw error
      this.penalise(peerText(from), `malformed-${protocol.name}-answer`, 'major')
      refuse()
    }
  }

  #showProposals({ proposals }: VotesAnswer): void {
    for (const bytes of proposals) this.#parts.onProposal(bytes)
  }

  /** Answers a request of another machine; its answer travels like the request did. */
  serve<Request, Item>(
    protocol: AnyProtocol<Request, Item>,
    bytes: Uint8Array,
    from: number,
    tell: (answer: readonly Uint8Array[] | 'busy') => void,
  ): void {
    const { life, wire, machine, onFailure, onSend } = this.#parts
    const send = (answer: readonly Uint8Array[] | 'busy'): void => {
      if (life.isOver) return
      onSend()
      if (life.isOver) return
      const length = answer === 'busy' ? 1 : answer.reduce((sum, item) => sum + item.length, 0)
      wire.send(machine, from, 'answers', length, () => tell(answer))
    }
    if (protocol.name === 'votes' && wire.isLost('pulls')) return
    if (this.#isBusy(protocol, from)) send('busy')
    else this.#answer(protocol, bytes, from).then(send, onFailure)
  }

  #isBusy({ name, limits }: AnyProtocol<never, never> | AnyProtocol<unknown, unknown>, from: number): boolean {
    const nowMs = this.#parts.clock.nowMs
    const key = `${name}/${from}`
    const bucket = this.#buckets.get(key) ?? new TokenBucket(limits.perSecond, limits.burst, nowMs)
    this.#buckets.set(key, bucket)
    const admission = bucket.take(nowMs)
    if (admission === 'flood') this.penalise(peerText(from), `${name}-flood`, 'minor')
    return admission !== 'fine'
  }

  async #answer<Request, Item>(
    protocol: AnyProtocol<Request, Item>,
    bytes: Uint8Array,
    from: number,
  ): Promise<Uint8Array[]> {
    const { wiring, tampering } = this.#parts
    const name = protocol.name as Exclude<keyof Protocols, 'peers'>
    const handler = wiring.handlers[name] as unknown as
      | ((request: Request, peer: PeerText, signal: AbortSignal) => unknown)
      | undefined
    if (handler === undefined) return []
    const offered = handler(protocol.request.decode(bytes), peerText(from), new AbortController().signal)
    const items = await page(protocol, offered)
    const told = tampering === undefined ? items : (tampering.answer(name, items, from) as Item[])
    return told.map(item => protocol.item.encode(item))
  }
}

/** As many items as fit into one response. */
async function page<Request, Item>(protocol: AnyProtocol<Request, Item>, offered: unknown): Promise<Item[]> {
  if (protocol.answer === 'one') return [(await offered) as Item]
  const items: Item[] = []
  let bytesLeft = protocol.limits.responseBytesMax
  for await (const item of offered as AsyncIterable<Item>) {
    bytesLeft -= protocol.item.encode(item).length
    if (bytesLeft < 0 || items.length === protocol.limits.responseItemsMax) break
    items.push(item)
  }
  return items
}

export function idOf(topic: TopicName, bytes: Uint8Array): string {
  return toKey(nativeCrypto.sha256(concat(utf8(topic), bytes)))
}

function asMessage(topic: TopicName, bytes: Uint8Array): Gossiped {
  return { topic, id: idOf(topic, bytes), bytes, selective: selectiveOf(topic, bytes) }
}

/** As far as the wire can tell from `[attempt, kind, {type, …}]`. */
function selectiveOf(topic: TopicName, bytes: Uint8Array): Selective | undefined {
  if (topic !== 'votes') return topic === 'proposals' ? topic : undefined
  const [, kind, said] = decode(bytes) as [number, number, { readonly type: number }]
  if (kind !== 1) return 'certificates'
  return said.type === 1 ? 'prevotes' : 'precommits'
}

function peerInfo(machine: number): PeerInfo {
  return {
    id: peerText(machine),
    addr: '',
    direction: 'outbound',
    score: 0,
    agent: undefined,
    topics: ['batches', 'proposals', 'votes'],
    connectedAtMs: 0,
  }
}
