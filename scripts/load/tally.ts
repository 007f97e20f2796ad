export interface LoadResult {
  /** By status, or what took its place. */
  readonly statuses: ReadonlyMap<string, number>
  /** Refusals that are the node's fault. */
  readonly failures: number
  /** Within which half of the answers came, and 95 % of them. */
  readonly halfMs: number
  readonly mostMs: number
}

/** What came back, and how long it took. */
export class Tally {
  readonly #statuses = new Map<string, number>()
  readonly #tookMs: number[] = []

  /** A status, or what took its place, like a connection that was cut off. */
  add(status: number | string, tookMs?: number): void {
    const key = String(status)
    this.#statuses.set(key, (this.#statuses.get(key) ?? 0) + 1)
    if (tookMs !== undefined) this.#tookMs.push(tookMs)
  }

  get result(): LoadResult {
    const [halfMs, mostMs] = [quantile(this.#tookMs, 0.5), quantile(this.#tookMs, 0.95)]
    return { statuses: this.#statuses, failures: this.#failures, halfMs, mostMs }
  }

  get #failures(): number {
    let failures = 0
    for (const [status, count] of this.#statuses) if (/^5\d\d$/.test(status) && status !== '503') failures += count
    return failures
  }
}

/** 0 where there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
