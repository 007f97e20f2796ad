import type { Refusal } from './answer.ts'
import type { Traffic } from './byte-counter.ts'
import { Counts } from './counts.ts'
import type { GossipCounts, NetworkStats, RequestCounts, TopicName } from './network.ts'
import type { RequestFailure } from './request-error.ts'

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** How a request ended, on the side that asks and on the side that serves. */
export type AskResult = 'answered' | RequestFailure
export type ServeResult = 'answered' | Refusal | 'flood' | 'broken-off'

interface ProtocolCounts<Result extends string> {
  readonly results: Counts<Result>
  seconds: number
}

/** Counters since the start, see `NetworkStats`. */
export class Tally {
  readonly gossip: { readonly [T in TopicName]: Writable<GossipCounts> } = {
    batches: noGossip(),
    proposals: noGossip(),
    votes: noGossip(),
  }
  readonly penalties = new Counts()
  bans = 0
  readonly #asked = new Map<string, ProtocolCounts<AskResult>>()
  readonly #served = new Map<string, ProtocolCounts<ServeResult>>()

  /** `ms`: how long it took. */
  asked(protocol: string, result: AskResult, ms: number): void {
    count(this.#asked, protocol, result, ms)
  }

  served(protocol: string, result: ServeResult, ms: number): void {
    count(this.#served, protocol, result, ms)
  }

  snapshot(connections: number, traffic: Traffic): NetworkStats {
    const { batches, proposals, votes } = this.gossip
    return {
      connections,
      traffic,
      gossip: { batches: { ...batches }, proposals: { ...proposals }, votes: { ...votes } },
      asked: snapshotOf(this.#asked),
      served: snapshotOf(this.#served),
      offences: this.penalties.all(),
      penalties: Object.values(this.penalties.all()).reduce((sum, times) => sum + times, 0),
      bans: this.bans,
    }
  }
}

function count<Result extends string>(
  counts: Map<string, ProtocolCounts<Result>>,
  protocol: string,
  result: Result,
  ms: number,
): void {
  const own = counts.get(protocol) ?? { results: new Counts<Result>(), seconds: 0 }
  counts.set(protocol, own)
  own.results.add(result)
  own.seconds += ms / 1000
}

function snapshotOf(counts: ReadonlyMap<string, ProtocolCounts<string>>): Readonly<Record<string, RequestCounts>> {
  return Object.fromEntries(
    [...counts].map(([protocol, { results, seconds }]) => [protocol, { results: results.all(), seconds }]),
  )
}

function noGossip(): Writable<GossipCounts> {
  return { published: 0, received: 0, accepted: 0, ignored: 0, rejected: 0, overflowed: 0 }
}
