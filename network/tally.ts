import type { GossipCounts, NetworkStats, TopicName } from './network.ts'

type Counts<T> = { -readonly [K in keyof T]: T[K] }

/** Counters since the start, see `NetworkStats`. */
export class Tally {
  readonly gossip: { readonly [T in TopicName]: Counts<GossipCounts> } = {
    batches: noGossip(),
    proposals: noGossip(),
    votes: noGossip(),
  }
  requestsSent = 0
  requestsFailed = 0
  requestsServed = 0
  requestsRefused = 0
  penalties = 0
  bans = 0

  snapshot(connections: number): NetworkStats {
    const { batches, proposals, votes } = this.gossip
    return {
      connections,
      gossip: { batches: { ...batches }, proposals: { ...proposals }, votes: { ...votes } },
      requestsSent: this.requestsSent,
      requestsFailed: this.requestsFailed,
      requestsServed: this.requestsServed,
      requestsRefused: this.requestsRefused,
      penalties: this.penalties,
      bans: this.bans,
    }
  }
}

function noGossip(): Counts<GossipCounts> {
  return { published: 0, received: 0, accepted: 0, ignored: 0, rejected: 0, overflowed: 0 }
}
