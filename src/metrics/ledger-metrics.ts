import { secondsBuckets } from './instruments.ts'
import { type MetricsGroup, open } from './metrics-source.ts'

/** Where the ledger stands. */
export const ledgerMetrics: MetricsGroup = (to, { node, version }) => {
  to.begin('Ledger')
  to.gauges('build_info', 'Always 1; what runs here.', ['version', 'chain', 'role', 'peer'], () => {
    const role = node.voteKey === undefined ? 'full' : 'validator'
    return [[{ version, chain: node.chain.toString(), role, peer: node.network.peerId }, 1]]
  })
  to.gauge('epoch', 'The newest final epoch.', () => node.ledger.head.epoch)
  to.gauge(
    'checkpoint_timestamp_seconds',
    'Agreed time of the newest final epoch, in seconds since 1970.',
    () => node.ledger.head.time / 1000,
  )
  to.gauge('epoch_target_seconds', 'The least time between two epochs, a parameter of the ledger.', () => {
    return node.ledger.head.params.epochMs / 1000
  })
  to.gauge('halted', '1 when the node takes part no more, else 0.', () => (node.halted === null ? 0 : 1))
  to.gauge('treasury_open', 'OPEN in the treasury.', () => open(node.ledger.head.checkpoint?.totals.treasury ?? 0))
  to.gauge('waiting_open', 'OPEN that waits for an attribution.', () => {
    return open(node.ledger.head.checkpoint?.totals.waiting ?? 0)
  })
  to.gauge('accrued_open', 'OPEN that delegations earned and have not settled.', () => {
    return open(node.ledger.head.checkpoint?.totals.accrued ?? 0)
  })
  const interval = to.histogram(
    'epoch_interval_seconds',
    'Agreed time from one final epoch to the next. An idle ledger makes one a minute.',
    secondsBuckets.filter(bound => bound >= 0.25),
  )
  let last: { epoch: number; time: number } | undefined
  return ({ epoch, time }) => {
    if (last?.epoch === epoch - 1) interval.observe((time - last.time) / 1000)
    last = { epoch, time }
  }
}
