import { collectDefaultMetrics } from 'prom-client'
import { JoinTally } from '../join/join-tally.ts'
import { agreementMetrics } from './agreement-metrics.ts'
import { apiMetrics } from './api-metrics.ts'
import { economyMetrics } from './economy-metrics.ts'
import { executionMetrics } from './execution-metrics.ts'
import { Instruments, type MetricFacts } from './instruments.ts'
import { joinMetrics } from './join-metrics.ts'
import { ledgerMetrics } from './ledger-metrics.ts'
import { mempoolMetrics } from './mempool-metrics.ts'
import type { EpochListener, MetricsGroup, MetricsSource } from './metrics-source.ts'
import { networkMetrics } from './network-metrics.ts'
import { proofMetrics } from './proof-metrics.ts'
import { storeMetrics } from './store-metrics.ts'
import { syncMetrics } from './sync-metrics.ts'

/** In the order of the dashboard's rows. */
const groups: readonly MetricsGroup[] = [
  ledgerMetrics,
  agreementMetrics,
  economyMetrics,
  mempoolMetrics,
  executionMetrics,
  storeMetrics,
  networkMetrics,
  syncMetrics,
  proofMetrics,
  apiMetrics,
]

/** What is measured, without a node to measure. */
export function listMetrics(): MetricFacts[] {
  // Never read: only values would be.
  const nothing = {} as MetricsSource
  const instruments = new Instruments()
  measureNode(instruments, { ...nothing, node: {} as MetricsSource['node'] })
  measureProcess(instruments, new JoinTally())
  const own = new Set(instruments.facts.map(({ name }) => name))
  const registered = instruments.registry.getMetricsAsArray() as unknown as readonly RegisteredMetric[]
  const others = registered.filter(({ name }) => !own.has(name))
  return [
    ...instruments.facts,
    ...others.map(({ name, help, type, labelNames }) => ({ name, help, type, labels: labelNames, group: 'Process' })),
  ]
}

/** What the registry keeps of a metric; its type leaves the labels out. */
interface RegisteredMetric extends Pick<MetricFacts, 'name' | 'help' | 'type'> {
  readonly labelNames: readonly string[]
}

/** What there is to measure before there is a node: the process, under the names that every Node program gives its metrics, and the join. */
export function measureProcess(to: Instruments, join: JoinTally): void {
  joinMetrics(to, join)
  collectDefaultMetrics({ register: to.registry })
}

/** All metrics of a node. */
export function measureNode(to: Instruments, source: MetricsSource): EpochListener {
  const listeners = groups.flatMap(group => group(to, source) ?? [])
  return (head, committed) => {
    for (const listener of listeners) listener(head, committed)
  }
}
