import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cid } from '../../consensus/cid.ts'
import type { LedgerRecord } from '../../consensus/records/registry.ts'
import { voucherBytes } from '../../consensus/records/voucher.ts'
import { parseRef, type Ref, refKey } from '../../consensus/ref.ts'
import { parseScenario } from '../../src/scenario/parse.ts'
import { runScenario } from '../../src/scenario/runner.ts'
import { actorKeys, drawBlueprint } from '../../src/testnet/blueprint.ts'
import { noFaults } from '../../src/testnet/fault-plan.ts'
import { Fleet } from '../../src/testnet/fleet.ts'
import { furnish } from '../../src/testnet/folder.ts'
import { quantile } from '../load/tally.ts'
import { Author, inferences, recordsPerBatch, type WrittenBatch } from './economy.ts'
import type { Measurement } from './measure.ts'

export interface ThroughputSize {
  readonly providers: number
  readonly batchesEach: number
  readonly assets: number
  /** Batches on their way at once. */
  readonly window: number
}

const epochMs = 1_000
const nodeCount = 4
const seed = 1
const depositOpen = 100_000
const microPerOpen = 1_000_000
const epochWaitMs = 10_000

/** (e), (f): a network of real processes, offered more inferences than it can finish at once. */
export async function measureThroughput(size: ThroughputSize): Promise<Measurement[]> {
  const dir = await mkdtemp(join(tmpdir(), 'openledger-bench-'))
  const keyOf = actorKeys(seed)
  const text = [...setUpLines(size)].map(line => JSON.stringify(line)).join('\n')
  const scenario = parseScenario([{ name: 'bench', text }], { accountOf: actor => keyOf(actor).publicKey })
  const blueprint = drawBlueprint({ nodes: nodeCount, epochMs, seed, scenario, time: Date.now() })
  await furnish(dir, blueprint)
  const fleet = new Fleet(dir, blueprint, noFaults)
  try {
    await fleet.start()
    const nodes = fleet.nodes.map(({ client }) => client)
    const { labels, epoch } = await runScenario({ scenario, chain: blueprint.chain, nodes, keyOf, epoch: 0 })
    const refOf = (label: string): Ref => parseRef(labels[label]!)
    const load = writeLoad(size, blueprint.chain, keyOf, refOf)
    const { seconds, latencies } = await offer(fleet, load, size.window, epoch)
    return report(load.length * recordsPerBatch, seconds, latencies, await residentMiB(fleet))
  } finally {
    await fleet.stop()
    await rm(dir, { recursive: true, force: true })
  }
}

/** What a network holds before it is offered inferences: sessions `s0`…, assets `a0`…, one model over them. */
export function* setUpLines({ providers, assets }: Pick<ThroughputSize, 'providers' | 'assets'>): Generator<object> {
  yield { actor: 'user', do: 'fund', amount: String(depositOpen * providers) }
  yield { actor: 'curator', do: 'datanet', as: 'net', name: 'bench' }
  for (let i = 0; i < assets; i++) {
    yield { actor: 'curator', do: 'contribution', as: `a${i}`, datanet: '@net', content: { text: `asset ${i}` } }
  }
  yield {
    actor: 'curator',
    do: 'model',
    as: 'model',
    name: 'bench',
    data: [['@net', 1]],
    price: { in: '0.002', out: '0.006' },
  }
  for (let i = 0; i < providers; i++) {
    yield { actor: 'user', do: 'session', as: `s${i}`, payee: `@@provider${i}`, deposit: String(depositOpen) }
  }
}

/** Round robin over the providers, each one's in the order of its chain. */
function writeLoad(
  { providers, batchesEach, assets }: ThroughputSize,
  chain: Cid,
  keyOf: ReturnType<typeof actorKeys>,
  refOf: (label: string) => Ref,
): WrittenBatch[] {
  const named = Array.from({ length: assets }, (_, i) => refOf(`a${i}`))
  const total = depositOpen * microPerOpen
  const chains = Array.from({ length: providers }, (_, i) => {
    const session = refOf(`s${i}`)
    const signature = keyOf('user').sign(voucherBytes(chain, refKey(session[0]!, session[1]), total))
    const voucher: LedgerRecord = { kind: 'voucher', session, total, signature }
    const count = batchesEach * recordsPerBatch - 1
    const billed = inferences(count, { assets: named, model: refOf('model'), session })
    return new Author(chain, keyOf(`provider${i}`)).write(following(voucher, billed))
  })
  return Array.from({ length: batchesEach }, (_, k) => chains.map(batches => batches[k]!)).flat()
}

function* following(first: LedgerRecord, rest: Iterable<LedgerRecord>): Generator<LedgerRecord> {
  yield first
  yield* rest
}

/** Keeps `window` batches on their way until all are final; latencies are in epochs, from the head at submission. */
async function offer(fleet: Fleet, load: readonly WrittenBatch[], window: number, from: number) {
  const clients = fleet.nodes.map(({ client }) => client)
  const submittedAt = new Map<string, number>()
  const latencies: number[] = []
  let head = from
  let next = 0
  const fill = async (): Promise<void> => {
    while (next < load.length && submittedAt.size < window) {
      const batch = load[next]!
      const node = clients[next % clients.length]!
      next++
      submittedAt.set(batch.cid.toString(), head)
      await node.submit(batch)
    }
  }
  const began = performance.now()
  let ended = began
  const filling = fill()
  while (latencies.length < load.length) {
    const epoch = await clients[0]!.epoch(head + 1, { waitMs: epochWaitMs })
    if (epoch === undefined) throw new Error(`epoch ${head + 1} did not come within ${epochWaitMs} ms`)
    head = epoch.epoch
    for (const { cid, codes } of epoch.batches) {
      const at = submittedAt.get(cid)
      if (at === undefined) continue
      // 00 done, 01 paid.
      if (!/^(0[01])+$/.test(codes)) throw new Error(`a record was not paid: ${codes}`)
      latencies.push(head - at)
      submittedAt.delete(cid)
      ended = performance.now()
    }
    await fill()
  }
  await filling
  return { seconds: (ended - began) / 1_000, latencies }
}

function report(records: number, seconds: number, latencies: number[], residentMiB: readonly number[]): Measurement[] {
  const perSecond = Math.round(records / seconds)
  const p95 = quantile(latencies, 0.95)
  return [
    {
      name: `(e) ${records} inferences through ${nodeCount} validators on this machine, epochs of ${epochMs} ms`,
      value: perSecond,
      unit: 'final records/s',
      goal: '≥ 5000',
      reached: perSecond >= 5_000,
    },
    { name: '(e) from submission to final, p50', value: quantile(latencies, 0.5), unit: 'epochs' },
    { name: '(e) from submission to final, p95', value: p95, unit: 'epochs', goal: '≤ 2', reached: p95 <= 2 },
    { name: '(f) resident memory of a validator after (e), most', value: Math.max(...residentMiB), unit: 'MiB' },
  ]
}

async function residentMiB(fleet: Fleet): Promise<number[]> {
  return await Promise.all(
    fleet.nodes.map(async ({ pid }) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
      return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
    }),
  )
}
