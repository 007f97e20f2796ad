import { LedgerError } from '../../consensus/errors.ts'
import type { EpochStatus, NodeView } from '../api/node-view.ts'
import type { WrittenBatch } from './batch-writer.ts'

/** One wait at one node; then the next is asked, for the one may be behind or gone. */
const waitMs = 2_000
/** After all nodes were unreachable. */
const breathMs = 500

/** Several nodes of one network, each of which may be down for a while. */
export class NodePool {
  readonly #nodes: readonly NodeView[]
  readonly #homes = new Map<string, number>()
  #newcomer = 0
  #followed = 0

  constructor(nodes: readonly NodeView[]) {
    this.#nodes = nodes
  }

  /** Sends a batch to its author's node. False where that is unreachable or full, and the author was moved on to the next. */
  async submit(batch: WrittenBatch): Promise<boolean> {
    const home = this.#homeOf(batch.author)
    try {
      await this.#nodes[home]!.submit(batch.bytes)
      return true
    } catch (error) {
      if (!isPassing(error)) throw error
      this.move(batch.author)
      return false
    }
  }

  /** From now on the author's batches go to another node. */
  move(author: string): void {
    this.#homes.set(author, (this.#homeOf(author) + 1) % this.#nodes.length)
  }

  /** The epoch if it is final within a moment, asked at one node. */
  async epoch(number: number, signal: AbortSignal): Promise<EpochStatus | undefined> {
    try {
      const status = await this.#nodes[this.#followed]!.epoch(number, { waitMs, signal })
      if (status !== undefined) return status
    } catch (error) {
      if (!isPassing(error)) throw error
      await pause(breathMs, signal)
    }
    this.#followed = (this.#followed + 1) % this.#nodes.length
    return undefined
  }

  /** An author stays at one node, so that its batches arrive in order. */
  #homeOf(author: string): number {
    const home = this.#homes.get(author) ?? this.#newcomer++ % this.#nodes.length
    this.#homes.set(author, home)
    return home
  }
}

const passing: readonly string[] = ['unreachable', 'mempool-full', 'not-ready']

/** A refusal that another node, or the same one later, may not repeat. */
function isPassing(error: unknown): boolean {
  return error instanceof LedgerError && passing.includes(error.code)
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}
