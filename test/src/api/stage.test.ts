/** What the API answers before there is a ledger, and while the node stops; and readers that don't read. */
import { connect } from 'node:net'
import * as assert from 'uvu/assert'
import { NodeClient } from '../../../src/api/client.ts'
import type { LedgerPages } from '../../../src/api/ledger-pages.ts'
import { routes } from '../../../src/api/routes/index.ts'
import { type Api, startApi } from '../../../src/api/server.ts'
import type { NodeConfig } from '../../../src/config/node-config.ts'
import { readConfig } from '../../../src/config/node-config.ts'
import { examine } from '../../../src/doctor/examine.ts'
import { JoinTally } from '../../../src/join/join-tally.ts'
import { Instruments } from '../../../src/metrics/instruments.ts'
import { measureProcess } from '../../../src/metrics/metrics.ts'
import type { Ledger } from '../../../src/node/ledger.ts'
import { LiveHead } from '../../../src/node/live-head.ts'
import { metricValue, parseMetrics } from '../../fixtures/metric-lines.ts'
import { suite } from '../../harness.ts'
import { openledger } from '../cli/program.ts'
import { genesisOf, MemoryLedger } from '../memory-ledger.ts'
import { MemoryNode } from '../memory-node.ts'
import { tempFolder } from '../temp-folder.ts'
import { memoryApi } from './memory-api.ts'
import { openApi } from './open-api.ts'

const test = suite('api/stage')
const tcp = { host: '127.0.0.1', port: 0 }
const newNode = () => new MemoryNode(new MemoryLedger(genesisOf(new Map())))

interface Told {
  readonly status: number
  readonly retryAfter: string | null
  readonly code: string | undefined
  readonly message: string | undefined
  readonly next: string | undefined
}

async function ask(api: Api, path: string, init: RequestInit = {}): Promise<Told> {
  const answer = await fetch(api.url + path, { ...init, headers: { authorization: `Bearer ${api.token}` } })
  const { error } = (await answer.json()) as { error?: { code: string; message: string; next?: string } }
  const { status, headers } = answer
  return {
    status,
    retryAfter: headers.get('retry-after'),
    code: error?.code,
    message: error?.message,
    next: error?.next,
  }
}

test('before there is a ledger every route is refused with the reason, but for the sign of life', async () => {
  const api = await startApi({ data: tempFolder(), tcp })
  assert.match((await ask(api, '/health/ready')).message!, /^starting: /)
  api.wait('joining: 43 % is here')
  for (const { method, path, access } of routes) {
    if (access === 'operator') continue
    const told = await ask(api, path.replaceAll(/\{\w+\}/g, 'x'), { method })
    if (path === '/health/live') assert.is(told.status, 200)
    else {
      assert.equal(
        [told.status, told.retryAfter, told.code, told.message],
        [503, '1', 'not-ready', 'joining: 43 % is here'],
      )
      assert.match(told.next!, /openledger status/)
    }
  }
  assert.is((await ask(api, '/nowhere')).status, 404)
  await api.stop()
})

test('what is measured of a node that joins is told before there is a ledger', async () => {
  const join = new JoinTally()
  const instruments = new Instruments()
  measureProcess(instruments, join)
  const api = await startApi({ data: tempFolder(), tcp, earlyMetrics: () => instruments.registry.metrics() })
  const fetched = { epoch: 3, share: 0.43, chunks: 7, bytes: 1_000, secondsLeft: null, idleSeconds: 0 }
  join.tell({ step: 'fetching', ...fetched })
  const answer = await fetch(`${api.url}/metrics`)
  const lines = parseMetrics(await answer.text())
  const told = ['join_joining', 'join_state_ratio', 'join_chunks_total', 'join_received_bytes_total']
  assert.equal([answer.status, ...told.map(name => metricValue(lines, `openledger_${name}`))], [200, 1, 0.43, 7, 1_000])
  assert.ok(metricValue(lines, 'process_resident_memory_bytes') > 0)
  join.end()
  const after = parseMetrics(await (await fetch(`${api.url}/metrics`)).text())
  assert.is(metricValue(after, 'openledger_join_joining'), 0)
  await api.stop()
})

test('the same servers answer from the ledger once it is open', async () => {
  const api = await startApi({ data: tempFolder(), tcp })
  const client = new NodeClient({ socket: api.socket })
  assert.is((await client.status().catch(error => error)).code, 'not-ready')
  api.open(memoryApi(newNode()))
  assert.is((await client.status()).peerId, 'memory')
  assert.equal([(await ask(api, '/health/ready')).status, (await ask(api, '/v1/openapi.json')).status], [200, 200])
  await client.close()
  await api.stop()
})

test('of a node that joins the command line tells how far it is, and doctor that it is to be waited for', async () => {
  const data = tempFolder()
  const api = await startApi({ data, tcp })
  api.wait('joining: 43 % is here')
  const told = await openledger(['status', '--data', data])
  assert.equal([told.status, told.stdout], [0, 'state      joining: 43 % is here\n'])
  const json = await openledger(['status', '--api', api.url!, '--json'])
  assert.equal([json.status, json.json()], [0, { ok: true, data: { state: 'joining: 43 % is here' } }])
  // What has no answer yet is an error.
  const supply = await openledger(['payouts', '--data', data])
  assert.is(supply.status, 1)
  assert.match(supply.stderr, /joining: 43 % is here/)
  const config: NodeConfig = await readConfig({ flags: { data, listen: '/ip4/127.0.0.1/tcp/0' }, env: {} })
  const node = (await examine(config, {})).find(({ check }) => check === 'node')
  assert.equal([node?.verdict, node?.found], ['warn', 'joining: 43 % is here'])
  await api.stop()
})

/** One that answers about its supply when it is let. */
function heldBack(): { node: MemoryNode; asked: Promise<void>; answer: () => void } {
  const node = newNode()
  const [asked, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const supply = node.supply.bind(node)
  node.supply = async () => {
    asked.resolve()
    await held.promise
    return await supply()
  }
  return { node, asked: asked.promise, answer: held.resolve }
}

test('a node that was told to stop says so until it has, and lets answers under way end', async () => {
  const { node, asked, answer } = heldBack()
  const api = await openApi({ ...memoryApi(node), data: tempFolder(), tcp })
  const supply = ask(api, '/v1/supply')
  await asked
  api.ending()
  const stopping = await ask(api, '/health/ready')
  assert.equal([stopping.status, stopping.retryAfter, stopping.code], [503, '1', 'not-ready'])
  assert.match(stopping.message!, /^stopping: /)
  assert.is((await ask(api, '/health/live')).status, 200)
  const stopped = api.stop()
  assert.match((await ask(api, '/health/ready')).message!, /^stopping: /)
  answer()
  assert.is((await supply).status, 200)
  await stopped
  assert.is((await ask(api, '/health/live').catch(() => 'gone')) as unknown, 'gone')
})

test('a node that stops while it joins says so as well', async () => {
  const api = await startApi({ data: tempFolder(), tcp })
  api.wait('joining: 43 % is here')
  api.ending()
  assert.match((await ask(api, '/health/ready')).message!, /^stopping: /)
  await api.stop()
})

test('streams of events and waits for an epoch end in order when the node stops', async () => {
  const head = new LiveHead({ head: { epoch: 0 }, onEpoch: () => {} } as unknown as Ledger)
  const api = await openApi({ ...memoryApi(newNode()), head, data: tempFolder(), tcp })
  const stream = await fetch(`${api.url}/v1/events`)
  const wait = ask(api, '/v1/epochs/1?wait=30000')
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader()
  assert.match((await reader.read()).value!, /^retry: /)
  api.ending()
  // Broken off it would throw.
  assert.ok((await reader.read()).done)
  assert.is((await wait).code, 'not-yet')
  await api.stop()
})

test('who does not read what happens is read no more for, and cut off', async () => {
  const eventBytes = 64 * 1024
  const producedMax = 32 * 1024 * 1024
  let produced = 0
  const ended = Promise.withResolvers<void>()
  const pages: LedgerPages = {
    ...memoryApi(newNode()).pages,
    events: async function* () {
      try {
        while (produced <= producedMax) {
          produced += eventBytes
          yield { event: 'checkpoint', data: 'x'.repeat(eventBytes) } as never
        }
      } finally {
        ended.resolve()
      }
    },
  }
  const head = { epoch: 1, until: async () => {} }
  const api = await openApi({
    ...memoryApi(newNode()),
    pages,
    head,
    data: tempFolder(),
    tcp,
    readers: { msMax: 200, bytesMin: 1 },
  })
  const { hostname, port } = new URL(api.url!)
  const reader = connect({ host: hostname, port: Number(port) })
  reader.pause()
  const cut = new Promise<void>(resolve => reader.once('close', resolve).on('error', () => {}))
  reader.write('GET /v1/events?from=1 HTTP/1.1\r\nhost: x\r\n\r\n')
  await ended.promise
  // What the sockets of the system hold, and one piece.
  assert.ok(produced <= producedMax, `${produced} bytes for nobody`)
  assert.ok(produced > eventBytes)
  reader.resume()
  await cut
  await api.stop()
})
