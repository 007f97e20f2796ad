/** What a node's own metrics say of its process at one moment. */
export interface Sample {
  readonly node: string
  /** Since the load began. */
  readonly seconds: number
  readonly residentBytes: number
  readonly heapUsedBytes: number
  readonly externalBytes: number
  readonly fileDescriptors: number
  readonly handles: number
  readonly eventLoopLagP99Seconds: number
  readonly epoch: number
  /** Since its start: agreed time between epochs, and how many of them. */
  readonly intervalSeconds: number
  readonly intervals: number
  readonly storeBytes: number
  readonly storeMemoryBytes: number
}

type Figures = Omit<Sample, 'node' | 'seconds'>

const names: Readonly<Record<keyof Figures, string>> = {
  residentBytes: 'process_resident_memory_bytes',
  heapUsedBytes: 'nodejs_heap_size_used_bytes',
  externalBytes: 'nodejs_external_memory_bytes',
  fileDescriptors: 'process_open_fds',
  handles: 'nodejs_active_handles_total',
  eventLoopLagP99Seconds: 'nodejs_eventloop_lag_p99_seconds',
  epoch: 'openledger_epoch',
  intervalSeconds: 'openledger_epoch_interval_seconds_sum',
  intervals: 'openledger_epoch_interval_seconds_count',
  storeBytes: 'openledger_store_size_bytes',
  storeMemoryBytes: 'openledger_store_memory_bytes',
}

/** From a page of `/metrics`; throws where one is missing. */
export function sampleOf(page: string, node: string, seconds: number): Sample {
  const figures = new Map(
    page
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'))
      .map(line => line.split(' ') as [string, string]),
  )
  const read = (name: string): number => {
    const text = figures.get(name)
    if (text === undefined) throw new Error(`${node}: its metrics have no ${name}`)
    return Number(text)
  }
  const values = Object.entries(names).map(([field, name]) => [field, read(name)] as const)
  return { node, seconds, ...(Object.fromEntries(values) as unknown as Figures) }
}
