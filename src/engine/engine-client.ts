import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { Cid } from '../../consensus/cid.ts'
import type { Cut } from '../../consensus/cut.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { CutError } from '../../consensus/ledger/cut-rules.ts'
import { MissingBatchError } from './cut-parts.ts'
import type {
  EngineCall,
  EngineFailure,
  EngineOpening,
  EngineReply,
  EngineStart,
  WireCutEntry,
} from './engine-messages.ts'
import type { CommitOrder, CommittedEpoch, ExecutedEpoch, ExecuteOrder } from './executed-epoch.ts'

/** The engine failed for a reason that no cut explains: the node must stop. */
export class EngineError extends LedgerError {}

const engineScript = new URL('./engine-start.mjs', import.meta.url)
/** How long the call under way may go on once the engine is closed. */
const closeMsMax = 2_000

interface Waiting {
  resolve(result: unknown): void
  reject(error: Error): void
}

type Unnumbered = EngineCall extends infer Call ? (Call extends unknown ? Omit<Call, 'id'> : never) : never

/** The engine as the daemon sees it: each call is a message to its thread. */
export class EngineClient {
  /** Settles when the thread has ended without being told to. */
  readonly failed: Promise<EngineError>
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #calls = 0
  #ended: EngineError | undefined
  #closed: Promise<void> | undefined
  #reportFailure: (error: EngineError) => void = () => {}

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', (reply: EngineReply) => this.#settle(reply))
    worker.on('error', error => this.#end(new EngineError('engine-failed', `the engine thread failed: ${error.stack}`)))
    worker.on('exit', () => this.#end(new EngineError('engine-ended', 'the engine thread has ended')))
    this.failed = new Promise(resolve => {
      this.#reportFailure = resolve
    })
  }

  /** `script` is what the thread runs. Throws what its store's opening throws. */
  static async start(dir: string, chain: Cid, script = engineScript): Promise<EngineClient> {
    const workerData: EngineStart = { dir, chain: chain.bytes }
    const worker = new Worker(script, { workerData, name: 'engine' })
    const [opening] = (await once(worker, 'message')) as [EngineOpening]
    if (opening !== 'ready') {
      await worker.terminate()
      throw errorOf(opening.failure)
    }
    return new EngineClient(worker)
  }

  /** Throws CutError, MissingBatchError, EngineError. */
  execute(order: ExecuteOrder): Promise<ExecutedEpoch> {
    return this.#call({ call: 'execute', order: { ...order, cut: wireCut(order.cut) } }) as Promise<ExecutedEpoch>
  }

  commit(order: CommitOrder): Promise<CommittedEpoch> {
    return this.#call({ call: 'commit', order: { ...order, cut: wireCut(order.cut) } }) as Promise<CommittedEpoch>
  }

  /** Lets the call under way come to its end, for a while: an execution can't be interrupted, only cut off. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    const cutOff = new AbortController()
    const closed = this.#call({ call: 'close' }).catch(() => {})
    await Promise.race([closed, sleep(closeMsMax, undefined, { signal: cutOff.signal }).catch(() => {})])
    cutOff.abort()
    await this.#worker.terminate()
  }

  #call(call: Unnumbered): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    const id = ++this.#calls
    return new Promise((resolve, reject) => {
      this.#worker.postMessage({ id, ...call })
      this.#waiting.set(id, { resolve, reject })
    })
  }

  #settle(reply: EngineReply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if ('failure' in reply) waiting?.reject(errorOf(reply.failure))
    else waiting?.resolve(reply.result)
  }

  #end(error: EngineError): void {
    this.#ended ??= error
    if (this.#closed === undefined) this.#reportFailure(error)
    for (const waiting of this.#waiting.values()) waiting.reject(error)
    this.#waiting.clear()
  }
}

function wireCut(cut: Cut): WireCutEntry[] {
  return cut.map(({ author, seq, batch }) => ({ author, seq, batch: batch.bytes }))
}

function errorOf({ name, code, message, next, batch }: EngineFailure): LedgerError {
  if (batch !== undefined) return new MissingBatchError(new Cid(batch))
  if (name === 'CutError') return new CutError(code.slice('cut-'.length), message)
  return new EngineError(code, message, {}, next)
}
