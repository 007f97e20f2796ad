import { Counter, Gauge, Histogram, Registry } from 'prom-client'

const prefix = 'openledger_'

export type Labels = Readonly<Record<string, string>>
/** What a metric reads when it is asked for: undefined where there is nothing to tell. */
export type Reading = number | undefined
export type Readings = Iterable<readonly [Labels, number]>

/** A metric without its value. */
export interface MetricFacts {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly labels: readonly string[]
  readonly group: string
}

/** Bucket bounds in seconds, from what a test network takes to what a stalled one does. */
export const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]

/**
 * The metrics of one node, in a registry of their own. Names have a base unit at their end; most are read only when
 * somebody asks, from what the node counts anyway.
 */
export class Instruments {
  readonly registry = new Registry()
  readonly #facts: MetricFacts[] = []
  #group = ''

  get facts(): readonly MetricFacts[] {
    return this.#facts
  }

  /** Those that follow belong together. */
  begin(group: string): void {
    this.#group = group
  }

  gauge(name: string, help: string, read: () => Reading | Promise<Reading>): void {
    this.gauges(name, help, [], async () => unlabelled(await read()))
  }

  gauges(name: string, help: string, labelNames: string[], read: () => Readings | Promise<Readings>): void {
    const options = { ...this.#named(name, help, 'gauge', labelNames), labelNames }
    new Gauge({
      ...options,
      async collect() {
        const readings = await readOrNothing(read)
        this.reset()
        // Without labels a reset leaves a zero, which would be told where nothing is known.
        if (labelNames.length === 0) this.remove()
        for (const [labels, value] of readings) this.set(labels, value)
      },
    })
  }

  /** `read` tells the sum since the start. */
  counter(name: string, help: string, read: () => Reading): void {
    this.counters(name, help, [], () => unlabelled(read()))
  }

  counters(name: string, help: string, labelNames: string[], read: () => Readings): void {
    const options = { ...this.#named(name, help, 'counter', labelNames), labelNames }
    new Counter({
      ...options,
      collect() {
        this.reset()
        for (const [labels, value] of read()) this.inc(labels, value)
      },
    })
  }

  histogram(name: string, help: string, buckets: number[] = secondsBuckets): Histogram {
    return new Histogram({ ...this.#named(name, help, 'histogram', []), buckets })
  }

  #named(name: string, help: string, type: MetricFacts['type'], labels: readonly string[]) {
    const full = prefix + name
    this.#facts.push({ name: full, help, type, labels, group: this.#group })
    return { name: full, help, registers: [this.registry] }
  }
}

/** What can't be read, like a disk that is gone, must not take all other metrics with it. */
async function readOrNothing(read: () => Readings | Promise<Readings>): Promise<Readings> {
  try {
    return await read()
  } catch {
    return []
  }
}

function unlabelled(reading: Reading): Readings {
  return reading === undefined ? [] : [[{}, reading]]
}

/** A reading for each entry of a record of counts. */
export function byName(label: string, counts: Readonly<Record<string, number>>): Readings {
  return Object.entries(counts).map(([name, count]) => [{ [label]: name }, count] as const)
}
