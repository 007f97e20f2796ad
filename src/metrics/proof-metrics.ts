import { byName } from './instruments.ts'
import type { MetricsGroup } from './metrics-source.ts'

/** What light nodes ask for. */
export const proofMetrics: MetricsGroup = (to, { node }) => {
  to.begin('Proofs')
  to.counter('proof_requests_total', 'Requests for proofs that were worked on.', () => node.stats().proofs.requests)
  to.counters(
    'proof_parts_total',
    'Parts of these requests: proved, or unproved because there is nothing here to prove them with.',
    ['result'],
    () => {
      const { proved, unproved } = node.stats().proofs
      return byName('result', { proved, unproved })
    },
  )
  to.counter('proof_seconds_total', 'Time that these requests took.', () => node.stats().proofs.seconds)
  to.counters(
    'proof_refused_requests_total',
    'Requests for proofs of peers that were refused: busy or flood (too many at once), unavailable, malformed.',
    ['reason'],
    () => {
      const { answered: _, ...refused } = node.network.stats().served.proof?.results ?? {}
      return byName('reason', refused)
    },
  )
  return undefined
}
