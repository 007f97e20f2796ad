import type { MetricFacts } from '../../src/metrics/instruments.ts'

/** One line of a panel: what Prometheus is asked, and what the answer is called. */
export interface Query {
  readonly expr: string
  readonly legend: string
}

export interface Panel {
  readonly title: string
  readonly description: string
  /** Grafana's name of the unit. */
  readonly unit: string
  readonly type: 'timeseries' | 'stat' | 'table'
  readonly queries: readonly Query[]
}

const chosen = '{instance=~"$instance"}'
const perSecond = (name: string) => `rate(${name}${chosen}[$__rate_interval])`
const legendOf = (labels: readonly string[]) => ['{{instance}}', ...labels.map(label => `{{${label}}}`)].join(' ')

/** Sums of seconds that say more beside what they were spent on: the mean of one. */
const meansOf: Readonly<Record<string, { readonly count: string; readonly by: readonly string[] }>> = {
  openledger_store_write_seconds_total: { count: 'openledger_store_writes_total', by: [] },
  openledger_store_sync_seconds_total: { count: 'openledger_store_syncs_total', by: [] },
  openledger_proof_seconds_total: { count: 'openledger_proof_requests_total', by: [] },
  openledger_api_request_seconds_total: { count: 'openledger_api_requests_total', by: ['route'] },
  openledger_network_request_seconds_total: { count: 'openledger_network_requests_total', by: ['side', 'protocol'] },
}

/** The panel that shows a metric. */
export function panelOf(metric: MetricFacts): Panel {
  const { name, help } = metric
  const described = { title: titleOf(name), description: `${help} (${name})` }
  if (name === 'openledger_build_info' || name === 'nodejs_version_info')
    return { ...described, unit: 'none', type: 'table', queries: [{ expr: name + chosen, legend: '' }] }
  return { ...described, type: 'timeseries', ...drawn(metric) }
}

function drawn({ name, type, labels }: MetricFacts): Pick<Panel, 'unit' | 'queries'> {
  if (type === 'histogram') return { unit: unitOf(name), queries: quantiles(name) }
  if (name.endsWith('timestamp_seconds') || name.endsWith('start_time_seconds'))
    return { unit: 's', queries: [{ expr: `time() - ${name}${chosen}`, legend: 'age at {{instance}}' }] }
  if (type === 'gauge') return { unit: unitOf(name), queries: [{ expr: name + chosen, legend: legendOf(labels) }] }
  const mean = meansOf[name]
  if (mean !== undefined) {
    const by = ['instance', ...mean.by].join(', ')
    const expr = `sum by (${by}) (${perSecond(name)}) / sum by (${by}) (${perSecond(mean.count)})`
    return { unit: 's', queries: [{ expr, legend: `mean ${legendOf(mean.by)}` }] }
  }
  return { unit: rateUnitOf(name), queries: [{ expr: perSecond(name), legend: legendOf(labels) }] }
}

function quantiles(name: string): Query[] {
  const buckets = `sum by (instance, le) (${perSecond(`${name}_bucket`)})`
  return [0.5, 0.95].map(part => ({
    expr: `histogram_quantile(${part}, ${buckets})`,
    legend: `p${part * 100} {{instance}}`,
  }))
}

function unitOf(name: string): string {
  if (name.endsWith('_seconds')) return 's'
  if (name.endsWith('_bytes')) return 'bytes'
  if (name.endsWith('_ratio')) return 'percentunit'
  return name.endsWith('_open') ? 'suffix: OPEN' : 'none'
}

function rateUnitOf(name: string): string {
  if (name.endsWith('_bytes_total')) return 'Bps'
  if (name.endsWith('_seconds_total')) return 'percentunit'
  return name.endsWith('_open_total') ? 'suffix: OPEN/s' : 'cps'
}

/** `openledger_store_size_bytes` → `Store size`: the unit stands at the axis. */
function titleOf(name: string): string {
  const words = name
    .replace(/^openledger_/, '')
    .replace(/_total$/, '')
    .replace(/_(seconds|bytes|open|ratio)$/, '')
    .replaceAll('_', ' ')
  return words[0]!.toUpperCase() + words.slice(1)
}

/** What an operator looks at first. */
export const overview: readonly Panel[] = [
  stat('Final epoch', 'openledger_epoch', 'none', 'The newest final epoch of each node.'),
  stat(
    'Age of it',
    'time() - openledger_checkpoint_timestamp_seconds',
    's',
    'Above a minute or two the ledger stalls.',
  ),
  stat('Peers', 'sum by (instance) (openledger_network_peers)', 'none', 'Connected peers.'),
  stat('Behind', 'openledger_sync_behind_epochs', 'none', 'Epochs that peers have and the node has not.'),
  stat(
    'Fees of a day',
    'increase(openledger_economy_fees_open_total[1d])',
    'suffix: OPEN',
    'Settled in the last 24 hours.',
  ),
  stat('Recurring payers', 'openledger_economy_recurring_payers', 'none', 'Paid on at least 2 of the last 7 days.'),
]

function stat(title: string, expr: string, unit: string, description: string): Panel {
  const filtered = expr.replace(/openledger_[a-z_]+/, `$&${chosen}`)
  return { title, description, unit, type: 'stat', queries: [{ expr: filtered, legend: '{{instance}}' }] }
}
