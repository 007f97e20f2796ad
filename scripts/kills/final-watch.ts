import { setTimeout as sleep } from 'node:timers/promises'
import { Cid } from '../../consensus/cid.ts'
import type { NodeStatus } from '../../src/api/node-view.ts'
import { nativeCrypto } from '../../src/crypto/native.ts'
import { Store } from '../../src/store/store.ts'
import type { NodeProcess } from '../../src/testnet/node-process.ts'

export type Watched = Pick<NodeProcess, 'name' | 'data' | 'client'>

const pollMs = 50

/** Writes down what each node says is final, for as long as it runs, and holds it against all that was said before. */
export class FinalWatch {
  readonly breaches: string[] = []
  /** By epoch: the checkpoint that was seen first. */
  readonly #seen = new Map<number, string>()
  /** By node: the newest epoch that it said was final. */
  readonly #newest: number[]
  readonly #nodes: readonly Watched[]
  readonly #ended = new AbortController()
  #watching: Promise<unknown> = Promise.resolve()

  constructor(nodes: readonly Watched[]) {
    this.#nodes = nodes
    this.#newest = nodes.map(() => 0)
  }

  start(): void {
    this.#watching = Promise.all(this.#nodes.map((_, i) => this.#follow(i)))
  }

  async stop(): Promise<void> {
    this.#ended.abort()
    await this.#watching
  }

  /** Checkpoints. */
  get count(): number {
    return this.#seen.size
  }

  get epoch(): number {
    return Math.max(...this.#newest)
  }

  /** Every checkpoint that was ever seen must be in every store. To be called when the nodes have stopped. */
  async compareStores(): Promise<void> {
    for (const { name, data } of this.#nodes) {
      const store = await Store.open(data, { create: false, multithreading: false })
      try {
        for (const [epoch, seen] of this.#seen) {
          const stored = store.epochs.get(epoch)
          const cid = stored === undefined ? 'missing' : Cid.of(nativeCrypto, stored.checkpoint).toString()
          if (cid !== seen)
            this.breaches.push(`${name}: epoch ${epoch} was final as ${seen}, in the store it is ${cid}`)
        }
      } finally {
        await store.close()
      }
    }
  }

  async #follow(i: number): Promise<void> {
    const { name, client } = this.#nodes[i]!
    while (!this.#ended.signal.aborted) {
      const status = await client.status().catch(() => undefined)
      if (status !== undefined) this.#take(i, name, status)
      await sleep(pollMs)
    }
  }

  /** One question after the other: what a node answers is never older than what it answered before. */
  #take(i: number, name: string, { epoch, checkpoint }: Pick<NodeStatus, 'epoch' | 'checkpoint'>): void {
    const before = this.#newest[i]!
    if (epoch < before) this.breaches.push(`${name}: epoch ${before} was final, after a kill the newest is ${epoch}`)
    this.#newest[i] = Math.max(before, epoch)
    // At the genesis there is none.
    if (checkpoint === null) return
    const seen = this.#seen.get(epoch)
    if (seen === undefined) this.#seen.set(epoch, checkpoint)
    else if (seen !== checkpoint) this.breaches.push(`${name}: epoch ${epoch} is ${checkpoint}, it was ${seen}`)
  }
}
