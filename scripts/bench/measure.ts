/** One measured thing: what was reached, beside the raw limit of the same run. */
export interface Measurement {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** The same by the clock, where `value` is by processor time. */
  readonly byClock?: number
  /** What the machine does in the same unit with the work that can't be saved. */
  readonly raw?: number
  readonly rawMeans?: string
  /** value/raw, or raw/value where less is better: 1 is the limit. */
  readonly ratio?: number
  /** The least that is promised. */
  readonly goal?: string
  readonly reached?: boolean
}

/** Best of some runs, in ms: what disturbs a measurement only ever adds. */
export function bestMs(runs: number, work: () => void): number {
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < runs; run++) {
    const began = performance.now()
    work()
    best = Math.min(best, performance.now() - began)
  }
  return best
}

export async function bestMsAsync(runs: number, work: (run: number) => Promise<void>): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < runs; run++) {
    const began = performance.now()
    await work(run)
    best = Math.min(best, performance.now() - began)
  }
  return best
}

/** What some work took, in ms. */
export interface Spent {
  /** Of all threads of this process. What else the machine is busy with isn't in it. */
  readonly processorMs: number
  readonly clockMs: number
}

export async function spentOn(work: () => unknown): Promise<Spent> {
  const began = performance.now()
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return { processorMs: (user + system) / 1_000, clockMs: performance.now() - began }
}

/** Best of some runs, of each kind of time by itself. */
export async function leastSpent(runs: number, work: (run: number) => unknown): Promise<Spent> {
  let best: Spent = { processorMs: Number.POSITIVE_INFINITY, clockMs: Number.POSITIVE_INFINITY }
  for (let run = 0; run < runs; run++) {
    const { processorMs, clockMs } = await spentOn(() => work(run))
    best = { processorMs: Math.min(best.processorMs, processorMs), clockMs: Math.min(best.clockMs, clockMs) }
  }
  return best
}
