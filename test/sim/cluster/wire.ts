import type { Random } from '../random.ts'
import type { VirtualClock } from '../virtual-clock.ts'

export interface WireFaults {
  /** One way, in ms: what every link has, and what a message has beyond it, at most. */
  readonly delayMs: number
  readonly jitterMs: number
  /** Probability that a gossiped message is lost, and that it comes twice. */
  readonly loss: number
  readonly duplication: number
  /** Probability that what is sent into a partition comes out of it when it ends, late. */
  readonly holding: number
  /** What meets one kind of gossip, or votes that are asked for, alone. */
  readonly selective?: Readonly<Partial<Record<Selective, SelectiveFault>>>
}

export interface SelectiveFault {
  /** Probability of a loss. */
  readonly loss?: number
  /** Probability of a delay, and how long it is at most. */
  readonly lateness?: number
  readonly lateMsMax?: number
}

/** What an adversary on the wire may tell apart. `pulls`: what is asked of a peer about votes. */
export type Selective = 'proposals' | 'prevotes' | 'precommits' | 'certificates' | 'pulls'

/** What a machine offers to the wire while it lives. */
export interface Endpoint {
  onConnect(peer: number): void
  onDisconnect(peer: number): void
  /** Whether it refuses connections with the peer. */
  isBanned(peer: number): boolean
}

export type TrafficKind = 'batches' | 'proposals' | 'votes' | 'requests' | 'answers'

export interface Traffic {
  messages: number
  bytes: number
}

/** How often lost and new connections are looked for; how long a dead link goes unnoticed at most. */
const tendMs = 500
const deadMsMax = 15_000
const retransmitMs = 200
const holdMsMax = 12_000
/** Up to here everybody is connected with everybody. */
const fullMeshMax = 17
const linksPerMachine = 12

/** The links between machines: who is connected, and what becomes of a message on its way. */
export class Wire {
  readonly traffic: Record<TrafficKind, Traffic> = {
    batches: { messages: 0, bytes: 0 },
    proposals: { messages: 0, bytes: 0 },
    votes: { messages: 0, bytes: 0 },
    requests: { messages: 0, bytes: 0 },
    answers: { messages: 0, bytes: 0 },
  }
  faults: WireFaults
  readonly #clock: VirtualClock
  readonly #random: Random
  readonly #count: number
  readonly #endpoints: (Endpoint | undefined)[]
  readonly #neighbours: readonly (readonly number[])[]
  /** By from · count + to: nothing passes. */
  readonly #isBlocked: Uint8Array
  /** By the pair, the lower first: whether connected, and since when that is wrong. */
  readonly #isConnected: Uint8Array
  readonly #wrongSinceMs: Float64Array

  constructor(clock: VirtualClock, random: Random, count: number, faults: WireFaults) {
    this.#clock = clock
    this.#random = random
    this.#count = count
    this.faults = faults
    this.#endpoints = new Array(count).fill(undefined)
    this.#neighbours = drawNeighbours(random, count)
    this.#isBlocked = new Uint8Array(count * count)
    this.#isConnected = new Uint8Array(count * count)
    this.#wrongSinceMs = new Float64Array(count * count).fill(-1)
    this.#tendLater()
  }

  attach(machine: number, endpoint: Endpoint): void {
    this.#endpoints[machine] = endpoint
  }

  detach(machine: number): void {
    this.#endpoints[machine] = undefined
  }

  /** Connected peers, in order. */
  peersOf(machine: number): number[] {
    return this.#neighbours[machine]!.filter(other => this.isConnected(machine, other))
  }

  isConnected(a: number, b: number): boolean {
    return this.#isConnected[this.#pair(a, b)] === 1
  }

  block(from: number, to: number, isBlocked: boolean): void {
    this.#isBlocked[from * this.#count + to] = isBlocked ? 1 : 0
  }

  unblockAll(): void {
    this.#isBlocked.fill(0)
  }

  /** A gossiped message: may be lost, late, twice, out of order. */
  gossip(
    from: number,
    to: number,
    {
      kind,
      selective,
      bytes,
    }: { readonly kind: TrafficKind; readonly selective?: Selective | undefined; readonly bytes: number },
    arrive: () => unknown,
  ): void {
    this.#count1(kind, bytes)
    if (!this.isConnected(from, to)) return
    const { loss, duplication } = this.faults
    if (this.#random.chance(loss) || this.isLost(selective)) return
    this.#pass(from, to, this.#delay() + this.#lateness(selective), arrive)
    if (duplication > 0 && this.#random.chance(duplication)) this.#pass(from, to, 4 * this.#delay(), arrive)
  }

  /** Draws whether a message of a kind is lost for being of that kind. */
  isLost(selective: Selective | undefined): boolean {
    const loss = selective === undefined ? undefined : this.faults.selective?.[selective]?.loss
    return loss !== undefined && this.#random.chance(loss)
  }

  #lateness(selective: Selective | undefined): number {
    const { lateness = 0, lateMsMax = 0 } = (selective && this.faults.selective?.[selective]) ?? {}
    return lateness > 0 && this.#random.chance(lateness) ? this.#random.next() * lateMsMax : 0
  }

  /** A part of a conversation: what is lost is sent again. */
  send(from: number, to: number, kind: TrafficKind, bytes: number, arrive: () => unknown): void {
    this.#count1(kind, bytes)
    let delayMs = this.#delay()
    while (this.#random.chance(this.faults.loss)) delayMs += retransmitMs
    this.#pass(from, to, delayMs, arrive)
  }

  #delay(): number {
    return this.faults.delayMs + this.#random.next() * this.faults.jitterMs
  }

  #pass(from: number, to: number, delayMs: number, arrive: () => unknown): void {
    this.#clock.after(delayMs, () => {
      if (this.#isBlocked[from * this.#count + to] === 0) return arrive()
      if (this.#random.chance(this.faults.holding)) {
        this.#clock.after(this.#random.next() * holdMsMax, () =>
          this.#isBlocked[from * this.#count + to] === 0 ? arrive() : false,
        )
      }
      return false
    })
  }

  #count1(kind: TrafficKind, bytes: number): void {
    const traffic = this.traffic[kind]
    traffic.messages++
    traffic.bytes += bytes
  }

  #pair(a: number, b: number): number {
    return a < b ? a * this.#count + b : b * this.#count + a
  }

  #tendLater(): void {
    this.#clock.after(tendMs, () => {
      for (let a = 0; a < this.#count; a++) for (const b of this.#neighbours[a]!) if (a < b) this.#tend(a, b)
      this.#tendLater()
    })
  }

  #tend(a: number, b: number): void {
    const pair = a * this.#count + b
    const [first, second] = [this.#endpoints[a], this.#endpoints[b]]
    const isUp = first !== undefined && second !== undefined
    const isOpen = this.#isBlocked[pair] === 0 && this.#isBlocked[b * this.#count + a] === 0
    const mayConnect = isUp && isOpen && !first.isBanned(b) && !second.isBanned(a)
    const isConnected = this.#isConnected[pair] === 1
    if (mayConnect === isConnected) {
      this.#wrongSinceMs[pair] = -1
      return
    }
    if (this.#wrongSinceMs[pair]! < 0) this.#wrongSinceMs[pair] = this.#clock.nowMs
    // A machine that is gone is noticed soon, a silent one only after a while.
    const patienceMs = isConnected && isUp && !isOpen ? deadMsMax * this.#random.next() : 0
    if (this.#clock.nowMs - this.#wrongSinceMs[pair]! < patienceMs) return
    this.#isConnected[pair] = mayConnect ? 1 : 0
    this.#wrongSinceMs[pair] = -1
    if (mayConnect) {
      first.onConnect(b)
      second.onConnect(a)
    } else {
      first?.onDisconnect(b)
      second?.onDisconnect(a)
    }
  }
}

/** Who dials whom: all, or beyond a few machines a ring with chords. */
function drawNeighbours(random: Random, count: number): number[][] {
  const sets = Array.from({ length: count }, () => new Set<number>())
  const link = (a: number, b: number): void => {
    if (a === b) return
    sets[a]!.add(b)
    sets[b]!.add(a)
  }
  for (let a = 0; a < count; a++) {
    if (count <= fullMeshMax) for (let b = 0; b < a; b++) link(a, b)
    else {
      link(a, (a + 1) % count)
      while (sets[a]!.size < linksPerMachine) link(a, random.below(count))
    }
  }
  return sets.map(set => [...set].sort((a, b) => a - b))
}
