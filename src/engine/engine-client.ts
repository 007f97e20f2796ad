import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { Cid } from '../../consensus/cid.ts'
import type { Cut } from '../../consensus/cut.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { CutError } from '../../consensus/ledger/cut-rules.ts'
import { MissingBatchError } from './cut-parts.ts'
import type { EngineCall, EngineFailure, EngineReply, EngineStart, WireCutEntry } from './engine-messages.ts'
import type { CommitOrder, CommittedEpoch, ExecutedEpoch, ExecuteOrder } from './executed-epoch.ts'

/** The engine failed for a reason that no cut explains: the node must stop. */
export class EngineError extends LedgerError {}

interface Waiting {
  resolve(result: unknown): void
  reject(error: Error): void
}

type Unnumbered = EngineCall extends infer Call ? (Call extends unknown ? Omit<Call, 'id'> : never) : never

/** The engine as the daemon sees it: each call is a message to its thread. */
export class EngineClient {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #calls = 0

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', (reply: EngineReply) => this.#settle(reply))
    worker.on('error', error => this.#failAll(error))
    worker.on('exit', () => this.#failAll(new EngineError('engine-ended', 'the engine thread has ended')))
  }

  static async start(dir: string, chain: Cid): Promise<EngineClient> {
    const workerData: EngineStart = { dir, chain: chain.bytes }
    const worker = new Worker(new URL('./engine-thread.ts', import.meta.url), { workerData, name: 'engine' })
    await once(worker, 'message')
    return new EngineClient(worker)
  }

  /** Throws CutError, MissingBatchError, EngineError. */
  execute({ epoch, cut }: ExecuteOrder): Promise<ExecutedEpoch> {
    return this.#call({ call: 'execute', order: { epoch, cut: wireCut(cut) } }) as Promise<ExecutedEpoch>
  }

  commit(order: CommitOrder): Promise<CommittedEpoch> {
    return this.#call({ call: 'commit', order: { ...order, cut: wireCut(order.cut) } }) as Promise<CommittedEpoch>
  }

  async close(): Promise<void> {
    await this.#call({ call: 'close' })
    await this.#worker.terminate()
  }

  #call(call: Unnumbered): Promise<unknown> {
    const id = ++this.#calls
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage({ id, ...call })
    })
  }

  #settle(reply: EngineReply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if ('failure' in reply) waiting?.reject(errorOf(reply.failure))
    else waiting?.resolve(reply.result)
  }

  #failAll(error: Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error)
    this.#waiting.clear()
  }
}

function wireCut(cut: Cut): WireCutEntry[] {
  return cut.map(({ author, seq, batch }) => ({ author, seq, batch: batch.bytes }))
}

function errorOf({ name, code, message, batch }: EngineFailure): LedgerError {
  if (batch !== undefined) return new MissingBatchError(new Cid(batch))
  if (name === 'CutError') return new CutError(code.slice('cut-'.length), message)
  return new EngineError(code, message)
}
