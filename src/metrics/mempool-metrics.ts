import { byName } from './instruments.ts'
import type { MetricsGroup } from './metrics-source.ts'

/** What waits to become final, and what came in. */
export const mempoolMetrics: MetricsGroup = (to, { node }) => {
  to.begin('Mempool')
  to.gauge('mempool_batches', 'Batches held and not final.', () => node.mempool.count)
  to.gauge('mempool_bytes', 'Bytes of them.', () => node.mempool.bytes)
  to.gauge('mempool_limit_bytes', 'Bytes that may be held; what comes beyond is refused.', () => node.mempool.bytesMax)
  to.counters(
    'mempool_incoming_batches_total',
    'Batches that came in, by what became of them: added; known, final or void already; full, author-full or ' +
      'too-many-rivals where there was no room; forged.',
    ['outcome'],
    () => byName('outcome', node.stats().ingested),
  )
  to.counter('mempool_expired_batches_total', 'Batches given up because nobody could include them.', () => {
    return node.stats().expired
  })
  let voided = 0
  to.counter('mempool_voided_batches_total', 'Batches that became void because a rival is final.', () => voided)
  return (_, committed) => {
    voided += committed.voided.length
  }
}
