/** One measured thing: what was reached, beside the raw limit of the same run. */
export interface Measurement {
  readonly name: string
  readonly value: number
  readonly unit: string
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
