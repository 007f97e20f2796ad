/** The clients in a thread of their own: however busy they are, the epochs are watched on time. */
import { parentPort, workerData } from 'node:worker_threads'
import { runClients, type Target } from './clients.ts'
import type { Known } from './questions.ts'
import { Tally } from './tally.ts'

export interface ClientsOrder {
  readonly target: Target
  readonly known: Known
  readonly clients: number
  readonly seconds: number
}

const { target, known, clients, seconds } = workerData as ClientsOrder
const tally = new Tally()
await runClients({ target, known, tally, signal: AbortSignal.timeout(seconds * 1000) }, clients)
parentPort!.postMessage(tally.result)
