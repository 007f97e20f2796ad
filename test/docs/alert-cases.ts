/** A series in promtool's notation: what stands before it, and its values, one a minute. */
type Series = readonly [series: string, values: string]

export interface AlertCase {
  readonly alert: string
  readonly fires: readonly Series[]
  /** As near to firing as it may come. */
  readonly quiet: readonly Series[]
  /** Until then the alert has time to fire. */
  readonly minutes?: number
}

const labels = 'instance="node0:8650",job="openledger"'
const of = (name: string, values: string, more = ''): Series => [`${name}{${labels}${more}}`, values]

export const alertCases: readonly AlertCase[] = [
  { alert: 'OpenledgerDown', fires: [of('up', '0x20')], quiet: [of('up', '0 1x20')] },
  { alert: 'OpenledgerHalted', fires: [of('openledger_halted', '1x20')], quiet: [of('openledger_halted', '0x20')] },
  {
    alert: 'OpenledgerStalled',
    fires: [of('openledger_checkpoint_timestamp_seconds', '0x20')],
    quiet: [
      of('openledger_checkpoint_timestamp_seconds', '0+60x20'),
      // What a node that catches up finalizes is old.
      ['openledger_checkpoint_timestamp_seconds{instance="node1:8650",job="openledger"}', '0x20'],
      ['openledger_sync_syncing{instance="node1:8650",job="openledger"}', '1x20'],
    ],
  },
  {
    alert: 'OpenledgerJoinStalled',
    fires: [of('openledger_join_joining', '1x40'), of('openledger_join_received_bytes_total', '5000x40')],
    quiet: [of('openledger_join_joining', '1x40'), of('openledger_join_received_bytes_total', '0+5000x40')],
    minutes: 30,
  },
  {
    alert: 'OpenledgerNoPeers',
    fires: [
      of('openledger_network_peers', '0x20', ',direction="inbound"'),
      of('openledger_network_peers', '0x20', ',direction="outbound"'),
      of('openledger_validators', '4x20'),
    ],
    quiet: [
      of('openledger_network_peers', '0x20', ',direction="inbound"'),
      of('openledger_network_peers', '0x20', ',direction="outbound"'),
      of('openledger_validators', '1x20'),
    ],
  },
  {
    alert: 'OpenledgerBehind',
    fires: [of('openledger_sync_behind_epochs', '500-10x20')],
    quiet: [of('openledger_sync_behind_epochs', '30-10x2 0x17')],
  },
  {
    alert: 'OpenledgerDoubleSign',
    fires: [of('openledger_agreement_evidence_total', '0x5 1x15')],
    quiet: [of('openledger_agreement_evidence_total', '1x20')],
  },
  {
    alert: 'OpenledgerMissedVotes',
    fires: [of('openledger_validator_missed_epochs_total', '0+6x20'), of('openledger_validator_in_office', '1x20')],
    quiet: [of('openledger_validator_missed_epochs_total', '0+6x20'), of('openledger_validator_in_office', '0x20')],
  },
  {
    alert: 'OpenledgerManyRounds',
    fires: [of('openledger_agreement_rounds_sum', '0+18x30'), of('openledger_agreement_rounds_count', '0+6x30')],
    quiet: [of('openledger_agreement_rounds_sum', '0+7x30'), of('openledger_agreement_rounds_count', '0+6x30')],
    minutes: 25,
  },
  {
    alert: 'OpenledgerRefusesProposals',
    fires: [of('openledger_agreement_refused_proposals_total', '0x10 1x10', ',step="execution"')],
    quiet: [of('openledger_agreement_refused_proposals_total', '0x10 1x10', ',step="cut"')],
  },
  {
    alert: 'OpenledgerDiskFull',
    fires: [of('openledger_disk_free_bytes', '4e9x20'), of('openledger_disk_size_bytes', '100e9x20')],
    quiet: [of('openledger_disk_free_bytes', '6e9x20'), of('openledger_disk_size_bytes', '100e9x20')],
  },
  {
    alert: 'OpenledgerDiskFillsUp',
    fires: [of('openledger_disk_free_bytes', '50e9-20000000x120')],
    quiet: [of('openledger_disk_free_bytes', '50e9-2000000x120')],
    minutes: 110,
  },
  {
    alert: 'OpenledgerSlowDisk',
    fires: [of('openledger_store_sync_seconds_total', '0+30x30'), of('openledger_store_syncs_total', '0+30x30')],
    quiet: [of('openledger_store_sync_seconds_total', '0+3x30'), of('openledger_store_syncs_total', '0+30x30')],
    minutes: 25,
  },
  {
    alert: 'OpenledgerMempoolFull',
    fires: [of('openledger_mempool_bytes', '90x20'), of('openledger_mempool_limit_bytes', '100x20')],
    quiet: [of('openledger_mempool_bytes', '70x20'), of('openledger_mempool_limit_bytes', '100x20')],
  },
  {
    alert: 'OpenledgerProofsRefused',
    fires: [
      of('openledger_proof_refused_requests_total', '0+50x20', ',reason="busy"'),
      of('openledger_proof_refused_requests_total', '0+50x20', ',reason="flood"'),
    ],
    quiet: [of('openledger_proof_refused_requests_total', '0+50x20', ',reason="busy"')],
    minutes: 18,
  },
  {
    alert: 'OpenledgerPeersMisbehave',
    fires: [of('openledger_network_bans_total', '0+2x20')],
    quiet: [of('openledger_network_bans_total', '0 1 2x18')],
  },
  {
    alert: 'OpenledgerMemory',
    fires: [of('process_resident_memory_bytes', '4e9x30')],
    quiet: [of('process_resident_memory_bytes', '2e9x30')],
    minutes: 25,
  },
  {
    alert: 'OpenledgerEventLoopLag',
    fires: [of('nodejs_eventloop_lag_p99_seconds', '1x20')],
    quiet: [of('nodejs_eventloop_lag_p99_seconds', '1 0.02x19')],
  },
  {
    alert: 'OpenledgerOpenFiles',
    fires: [of('process_open_fds', '900x20'), of('process_max_fds', '1000x20')],
    quiet: [of('process_open_fds', '700x20'), of('process_max_fds', '1000x20')],
  },
]

/** What promtool runs: each case once as it fires and once as it stays quiet. */
export function ruleTests(ruleFile: string): object {
  const run = (alert: string, series: readonly Series[], minutes: number, count: number) => ({
    interval: '1m',
    input_series: series.map(([name, values]) => ({ series: name, values })),
    promql_expr_test: [
      {
        expr: `count by (alertname) (ALERTS{alertname="${alert}",alertstate="firing"})`,
        eval_time: `${minutes}m`,
        exp_samples: count === 0 ? [] : [{ labels: `{alertname="${alert}"}`, value: count }],
      },
    ],
  })
  return {
    rule_files: [ruleFile],
    evaluation_interval: '1m',
    tests: alertCases.flatMap(({ alert, fires, quiet, minutes = 15 }) => [
      run(alert, fires, minutes, 1),
      run(alert, quiet, minutes, 0),
    ]),
  }
}
