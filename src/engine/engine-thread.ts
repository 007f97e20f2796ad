import { parentPort, workerData } from 'node:worker_threads'
import { Cid } from '../../consensus/cid.ts'
import type { Cut } from '../../consensus/cut.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { Store } from '../store/store.ts'
import { MissingBatchError } from './cut-parts.ts'
import { Engine } from './engine.ts'
import type {
  EngineCall,
  EngineFailure,
  EngineOpening,
  EngineReply,
  EngineStart,
  WireCutEntry,
} from './engine-messages.ts'

/** Execution in a thread of its own (T5): votes and gossip go on while an epoch of a million records is worked out. */
const port = parentPort!
const { dir, chain } = workerData as EngineStart
const store = await openStore()
const engine = new Engine(store, new Cid(chain))

/** One call after the other: each builds on the store as the one before left it. */
let last: Promise<void> = Promise.resolve()
port.on('message', (call: EngineCall) => {
  last = last.then(async () => {
    port.postMessage(await answer(call))
    if (call.call === 'close') port.close()
  })
})
port.postMessage('ready' satisfies EngineOpening)

async function openStore(): Promise<Store> {
  try {
    return await Store.open(dir, { create: false, multithreading: true })
  } catch (error) {
    port.postMessage({ failure: failureOf(error) } satisfies EngineOpening)
    throw error
  }
}

async function answer(call: EngineCall): Promise<EngineReply> {
  try {
    return { id: call.id, result: await perform(call) }
  } catch (error) {
    return { id: call.id, failure: failureOf(error) }
  }
}

async function perform(call: EngineCall): Promise<Extract<EngineReply, { result: unknown }>['result']> {
  switch (call.call) {
    case 'execute':
      return engine.execute({ ...call.order, cut: readCut(call.order.cut) })
    case 'commit':
      return engine.commit({ ...call.order, cut: readCut(call.order.cut) })
    case 'close':
      await store.close()
      return undefined
  }
}

function readCut(cut: readonly WireCutEntry[]): Cut {
  return cut.map(({ author, seq, batch }) => ({ author, seq, batch: new Cid(batch) }))
}

function failureOf(error: unknown): EngineFailure {
  if (!(error instanceof Error)) return { name: 'Error', code: 'unknown', message: String(error) }
  const code = error instanceof LedgerError ? error.code : 'unknown'
  const next = error instanceof LedgerError && error.next !== undefined ? { next: error.next } : {}
  const failure = { name: error.name, code, message: code === 'unknown' ? `${error.stack}` : error.message, ...next }
  return error instanceof MissingBatchError ? { ...failure, batch: error.batch.bytes } : failure
}
