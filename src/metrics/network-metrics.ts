import type { GossipCounts, NetworkStats, RequestCounts } from '../../network/network.ts'
import { byName, type Labels, type Readings } from './instruments.ts'
import type { MetricsGroup } from './metrics-source.ts'

const gossipResults = [
  'published',
  'accepted',
  'ignored',
  'rejected',
  'overflowed',
] as const satisfies readonly (keyof GossipCounts)[]

/** Peers, and what is said between them and this node. */
export const networkMetrics: MetricsGroup = (to, { node, clocks }) => {
  const stats = (): NetworkStats => node.network.stats()
  to.begin('Network')
  to.gauges('network_peers', 'Connected peers, by who dialled.', ['direction'], () => {
    const peers = node.network.peers()
    const count = (direction: string) => peers.filter(peer => peer.direction === direction).length
    return byName('direction', { inbound: count('inbound'), outbound: count('outbound') })
  })
  to.gauge('network_connections', 'Open connections.', () => stats().connections)
  to.gauges('network_peer_score', 'Gossip scores of the connected peers; below zero is misbehaviour.', ['of'], () => {
    const scores = node.network.peers().map(peer => peer.score)
    if (scores.length === 0) return []
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length
    return byName('of', { worst: Math.min(...scores), mean, best: Math.max(...scores) })
  })
  to.gauge(
    'network_clock_difference_seconds',
    'By how much the clocks of most peers are ahead of this one; proposals more than 10 s off are refused.',
    () => (clocks.differenceMs === null ? undefined : clocks.differenceMs / 1000),
  )
  to.counters('network_penalties_total', 'Offences of peers.', ['reason'], () => byName('reason', stats().offences))
  to.counter('network_bans_total', 'Times that a peer was banned for a while.', () => stats().bans)
  to.counter('network_received_bytes_total', 'Bytes received on all connections.', () => stats().traffic.received)
  to.counter('network_sent_bytes_total', 'Bytes sent on all connections.', () => stats().traffic.sent)
  to.counters('network_gossip_messages_total', 'Gossiped messages, by what became of them.', ['topic', 'result'], () =>
    Object.entries(stats().gossip).flatMap(([topic, counts]) =>
      gossipResults.map(result => [{ topic, result }, counts[result]] as const),
    ),
  )
  to.counters(
    'network_requests_total',
    'Requests by side (asked by this node, or served by it), protocol, and how they ended.',
    ['side', 'protocol', 'result'],
    () =>
      eachProtocol(stats()).flatMap(([labels, { results }]) =>
        Object.entries(results).map(([result, count]) => [{ ...labels, result }, count] as const),
      ),
  )
  to.counters('network_request_seconds_total', 'Time that these requests took.', ['side', 'protocol'], () =>
    eachProtocol(stats()).map(([labels, { seconds }]): Reading => [labels, seconds]),
  )
  return undefined
}

type Reading = Readings extends Iterable<infer One> ? One : never

function eachProtocol({ asked, served }: NetworkStats): [Labels, RequestCounts][] {
  const of = (side: string, counts: NetworkStats['asked']) =>
    Object.entries(counts).map(([protocol, own]): [Labels, RequestCounts] => [{ side, protocol }, own])
  return [...of('asked', asked), ...of('served', served)]
}
