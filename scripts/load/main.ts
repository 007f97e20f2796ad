/**
 * A real network on this machine, and many clients at its first node at once: some that behave, some that are wrong, some that mean
 * harm. Prints what came back, how steady the epochs stayed, and the node's memory. Ends with status 1 if the node failed an answer.
 */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { tokenFile } from '../../src/api/token.ts'
import { actorKeys } from '../../src/testnet/blueprint.ts'
import { noFaults } from '../../src/testnet/fault-plan.ts'
import type { NodeProcess } from '../../src/testnet/node-process.ts'
import { type PlayedTestnet, runTestnet } from '../../src/testnet/testnet.ts'
import { countOf, readFlags } from '../flags.ts'
import type { ClientsOrder } from './clients-thread.ts'
import type { Known } from './questions.ts'
import { residentMiB } from './resident.ts'
import { type LoadResult, quantile } from './tally.ts'
import { payerOf, writeOn } from './writer.ts'

const usage = `npm run load -- [options]
  --nodes N      default 4
  --clients N    default 200
  --seconds N    how long; default 60
  --epoch-ms N   default 2000
  --dir DIR      a new folder for the nodes' data, which is kept`

const options = {
  nodes: { type: 'string', default: '4' },
  clients: { type: 'string', default: '200' },
  seconds: { type: 'string', default: '60' },
  'epoch-ms': { type: 'string', default: '2000' },
  dir: { type: 'string' },
} as const
const { nodes, clients, seconds, epochMs, dir } = readFlags({ name: 'load', usage, options }, given => ({
  nodes: countOf('nodes', given.nodes),
  clients: countOf('clients', given.clients),
  seconds: countOf('seconds', given.seconds),
  epochMs: countOf('epoch-ms', given['epoch-ms']),
  dir: given.dir,
}))
const seed = 1
/** How steady epochs are by themselves, before the clients come. */
const quietMs = 20_000
/** After the clients are gone, memory comes back with the next collections. */
const restMs = 5_000
const intervalGoal = 1.5
/** How often memory is looked at meanwhile. */
const looks = 6

const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
process.once('SIGTERM', () => stop.abort())
try {
  let failures = 0
  const played = await runTestnet({
    nodes,
    epochMs,
    scenarios: [],
    seed,
    ...(dir === undefined ? {} : { dir }),
    faults: noFaults,
    exit: true,
    live: false,
    signal: stop.signal,
    note: line => console.error(line),
    onPlayed: async testnet => {
      failures = await load(testnet, testnet.fleet.nodes[0]!)
    },
  })
  process.exitCode = failures > 0 ? 1 : 0
  if (failures > 0) console.log(`the data is kept in ${played.dir}`)
  else if (dir === undefined) await rm(played.dir, { recursive: true, force: true })
} catch (error) {
  console.error(`load: ${(error as Error).message}`)
  process.exitCode = 1
}

async function load({ scenario, labels, names }: PlayedTestnet, node: NodeProcess): Promise<number> {
  const ended = new AbortController()
  const signal = AbortSignal.any([ended.signal, stop.signal])
  const { key, to } = payerOf(scenario.funds, actorKeys(seed))
  const writing = writeOn(node.client, key, to, signal)
  // Without it no epoch need come: whatever waits for one ends with its error.
  writing.catch(error => ended.abort(error))
  const quiet = await watch(node, AbortSignal.any([signal, AbortSignal.timeout(quietMs)]))
  signal.throwIfAborted()
  const url = new URL(node.ready.api!)
  const known: Known = {
    accounts: [...names.keys()],
    refs: Object.values(labels),
    newest: (await node.client.status()).epoch,
  }
  const token = (await readFile(join(node.data, tokenFile), 'utf8')).trim()
  const target = { host: url.hostname, port: Number(url.port), token }
  console.error(`${clients} clients for ${seconds} s`)
  const loaded = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)])
  const residents = [residentMiB(node.pid)]
  const looking = setInterval(() => residents.push(residentMiB(node.pid)), (seconds * 1000) / looks)
  try {
    const order: ClientsOrder = { target, known, clients, seconds }
    const [busy, result] = await Promise.all([watch(node, loaded), runInThread(order, signal)])
    clearInterval(looking)
    await sleep(restMs)
    ended.abort()
    await writing
    report(result, quiet, busy)
    console.log(`memory     ${memoryText([...residents, residentMiB(node.pid)])}`)
    return result.failures
  } finally {
    clearInterval(looking)
    ended.abort()
  }
}

async function runInThread(order: ClientsOrder, signal: AbortSignal): Promise<LoadResult> {
  const worker = new Worker(new URL('./clients-thread.ts', import.meta.url), { workerData: order })
  const { promise, resolve, reject } = Promise.withResolvers<LoadResult>()
  worker.once('message', resolve).once('error', reject)
  const end = () => void worker.terminate().then(() => reject(signal.reason))
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  return await promise.finally(() => signal.removeEventListener('abort', end))
}

/** Milliseconds between epochs, as agreed in their checkpoints. */
async function watch(node: NodeProcess, signal: AbortSignal): Promise<number[]> {
  const times: number[] = []
  let { epoch } = await node.client.status()
  while (!signal.aborted) {
    const next = await node.client.epoch(epoch + 1, { waitMs: 30_000, signal })
    if (next === undefined) continue
    epoch = next.epoch
    times.push(next.time)
  }
  return times.slice(1).map((time, i) => time - times[i]!)
}

function report(
  { statuses: counted, failures, halfMs, mostMs }: LoadResult,
  quiet: readonly number[],
  busy: readonly number[],
): void {
  const statuses = [...counted].sort(([a], [b]) => (a < b ? -1 : 1))
  console.log(`answers    ${statuses.map(([status, count]) => `${status}: ${count}`).join('  ')}`)
  console.log(`took       half within ${halfMs.toFixed(0)} ms, 95 % within ${mostMs.toFixed(0)} ms`)
  const p95 = quantile(busy, 0.95) / epochMs
  const reached = p95 < intervalGoal ? 'reached' : 'NOT reached'
  console.log(
    `epochs     ${busy.length} under load, 95 % within ${p95.toFixed(2)} epochs (goal ${intervalGoal}: ${reached})`,
  )
  console.log(`           before ${quiet.length}, 95 % within ${(quantile(quiet, 0.95) / epochMs).toFixed(2)} epochs`)
  console.log(`failures   ${failures}`)
}

function memoryText(residents: readonly (number | undefined)[]): string {
  if (residents.includes(undefined)) return 'unknown: /proc does not tell'
  return `${residents.join(', ')} MiB: before, meanwhile, ${restMs / 1000} s later`
}
