import type { MetricsGroup } from './metrics-source.ts'

/** How far peers are ahead, and what is taken from them. */
export const syncMetrics: MetricsGroup = (to, { node }) => {
  to.begin('Sync')
  to.gauge('sync_behind_epochs', 'Epochs that the peer furthest ahead has, and this node has not.', () => {
    return node.stats().sync.behind
  })
  to.gauge('sync_syncing', '1 while the node catches up with peers, else 0.', () => (node.isSyncing ? 1 : 0))
  to.counter('sync_applied_epochs_total', 'Epochs taken from peers instead of being decided here.', () => {
    return node.stats().sync.applied
  })
  return undefined
}
