import { collectDefaultMetrics } from 'prom-client'
import { agreementMetrics } from './agreement-metrics.ts'
import { apiMetrics } from './api-metrics.ts'
import { economyMetrics } from './economy-metrics.ts'
import { executionMetrics } from './execution-metrics.ts'
import { Instruments, type MetricFacts } from './instruments.ts'
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
  const { instruments } = instrument({ ...nothing, node: {} as MetricsSource['node'] })
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

/** All metrics of a node, those of its process under the names that every Node program gives them. */
export function instrument(source: MetricsSource): { instruments: Instruments; onEpoch: EpochListener } {
  const instruments = new Instruments()
  const listeners = groups.flatMap(group => group(instruments, source) ?? [])
  collectDefaultMetrics({ register: instruments.registry })
  return {
    instruments,
    onEpoch: (head, committed) => {
      for (const listener of listeners) listener(head, committed)
    },
  }
}
