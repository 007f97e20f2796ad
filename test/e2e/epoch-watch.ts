import { setTimeout as sleep } from 'node:timers/promises'
import type { NodeClient } from '../../src/api/client.ts'

const pollMs = 50

/** Writes down when each epoch was first seen final, at whichever node had it first. */
export class EpochWatch {
  readonly #clients: readonly NodeClient[]
  /** By epoch, from the first final one on; `performance.now()`. What nodes take to start and to find each other is no stall. */
  readonly #seenAtMs: { readonly epoch: number; readonly atMs: number }[] = []
  readonly #ended = new AbortController()
  #watching: Promise<unknown> = Promise.resolve()

  constructor(clients: readonly NodeClient[]) {
    this.#clients = clients
  }

  start(): void {
    // One that is paused or gone must not keep the others' answers back.
    this.#watching = Promise.all(this.#clients.map(client => this.#follow(client)))
  }

  async stop(): Promise<void> {
    this.#ended.abort()
    await this.#watching
  }

  /** The newest epoch that was seen before a moment; 0 for none. */
  epochAt(ms: number): number {
    return this.#seenAtMs.findLast(({ atMs }) => atMs <= ms)?.epoch ?? 0
  }

  /** How long after a moment the next epoch became final, in ms. */
  waitAfter(ms: number): number {
    const next = this.#seenAtMs.find(({ atMs }) => atMs > ms)
    if (next === undefined) throw new Error(`no epoch became final after ${this.epochAt(ms)}`)
    return next.atMs - ms
  }

  /** The longest time from one final epoch to the next, in ms. */
  get longestStallMs(): number {
    return Math.max(...this.#seenAtMs.slice(1).map(({ atMs }, i) => atMs - this.#seenAtMs[i]!.atMs))
  }

  async #follow(client: NodeClient): Promise<void> {
    while (!this.#ended.signal.aborted) {
      const status = await client.status().catch(() => undefined)
      if (status !== undefined && status.epoch > this.epochAt(Number.POSITIVE_INFINITY))
        this.#seenAtMs.push({ epoch: status.epoch, atMs: performance.now() })
      await sleep(pollMs)
    }
  }
}
