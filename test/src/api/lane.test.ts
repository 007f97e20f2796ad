import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import * as assert from 'uvu/assert'
import { Cid } from '../../../consensus/cid.ts'
import { errorAnswer } from '../../../src/api/api-error.ts'
import type { EconomyView } from '../../../src/api/economy-view.ts'
import { Lane } from '../../../src/api/lane.ts'
import { exportStreams, heavyAtOnce, heavyWaiting } from '../../../src/api/limits.ts'
import type { Asked } from '../../../src/api/route.ts'
import type { Api } from '../../../src/api/server.ts'
import { suite } from '../../harness.ts'
import { genesisOf, MemoryLedger } from '../memory-ledger.ts'
import { MemoryNode } from '../memory-node.ts'
import { tempFolder } from '../temp-folder.ts'
import { memoryApi } from './memory-api.ts'
import { openApi } from './open-api.ts'

const test = suite('api/lane')
const tcp = { host: '127.0.0.1', port: 0 }
const newNode = () => new MemoryNode(new MemoryLedger(genesisOf(new Map())))
const busiestPath = '/v1/usage/busiest?from=1&to=1'

/** Answers nothing before the signal of the question says that nobody waits for it. */
function endless() {
  const signals: AbortSignal[] = []
  const begun: (() => void)[] = []
  const wait = (signal: AbortSignal | undefined): Promise<never> => {
    signals.push(signal!)
    for (const tell of begun.splice(0)) tell()
    return new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason)))
  }
  const refuse = () => Promise.reject(new Error('nobody asks that here'))
  const economy: EconomyView = {
    usage: (_, signal) => wait(signal),
    busiest: (_, __, signal) => wait(signal),
    lineage: (_, __, signal) => wait(signal),
    attendance: () => {
      throw new Error('nobody asks that here')
    },
    named: refuse,
  }
  const until = async (count: number) => {
    while (signals.length < count) await new Promise<void>(resolve => begun.push(resolve))
  }
  return { economy, signals, until }
}

async function submit(api: Api): Promise<string | undefined> {
  const headers = { authorization: `Bearer ${api.token}`, 'content-type': 'application/cbor' }
  const answer = await fetch(`${api.url}/v1/submit`, { method: 'POST', headers, body: new Uint8Array([0x80]) })
  return ((await answer.json()) as { error?: { code: string } }).error?.code
}

const readAsOperator = (api: Api, path: string) =>
  fetch(api.url + path, { headers: { authorization: `Bearer ${api.token}` } })

test('however many others ask what is dear, the operator writes and asks at once', async () => {
  const { economy, until } = endless()
  const api = await openApi({ ...memoryApi(newNode()), economy, data: tempFolder(), tcp })
  const { hostname, port } = new URL(api.url!)
  const sockets: Socket[] = []
  for (let i = 0; i < heavyWaiting.max; i++) {
    // Of two addresses: one alone may not have all places.
    const localAddress = `127.0.0.${2 + (i % 2)}`
    const socket = connect({ host: hostname, port: Number(port), localAddress }).on('error', () => {})
    socket.write(`GET ${busiestPath} HTTP/1.1\r\nhost: x\r\n\r\n`)
    sockets.push(socket)
  }
  await until(heavyAtOnce)
  // All places are taken.
  while (
    (await fetch(api.url + busiestPath, { signal: AbortSignal.timeout(500) }).catch(() => undefined))?.status !== 503
  );
  assert.is(await submit(api), 'malformed')
  assert.is((await readAsOperator(api, '/v1/supply')).status, 200)
  for (const socket of sockets) socket.destroy()
  await api.stop()
})

test('the operator writes while what they asked themselves is worked on', async () => {
  const { economy, until } = endless()
  const api = await openApi({ ...memoryApi(newNode()), economy, data: tempFolder(), tcp })
  const gone = new AbortController()
  const headers = { authorization: `Bearer ${api.token}` }
  for (let i = 0; i < heavyAtOnce; i++) {
    fetch(api.url + busiestPath, { headers, signal: gone.signal }).catch(() => {})
  }
  await until(heavyAtOnce)
  assert.is(await submit(api), 'malformed')
  gone.abort()
  await api.stop()
})

test('work on use and lineage ends when its caller has gone', async () => {
  const { economy, signals, until } = endless()
  const api = await openApi({ ...memoryApi(newNode()), economy, data: tempFolder(), tcp })
  const asset = Cid.fromDigest(new Uint8Array(32))
  const paths = ['/v1/usage?from=1&to=1', busiestPath, `/v1/lineage/${asset}/0?from=1&to=1`]
  for (const [i, path] of paths.entries()) {
    const gone = new AbortController()
    const asked = fetch(api.url + path, { signal: gone.signal }).catch(() => 'gone')
    await until(i + 1)
    const ended = new Promise(resolve => signals[i]!.addEventListener('abort', resolve))
    gone.abort()
    assert.is(await asked, 'gone')
    await ended
  }
  await api.stop()
})

const question = (isTrusted: boolean): Asked => {
  const { signal } = new AbortController()
  return { isTrusted, signal, ending: signal, body: new Uint8Array(), lastEventId: undefined, header: () => {} }
}

test('work that is not done in time is given up, unless the operator waits for it', async () => {
  const lane = new Lane(20)
  const late = await lane
    .workOut('192.0.2.1', question(false), ({ signal }) => endless().economy.usage({ from: 1, to: 1 }, signal))
    .catch(error => error)
  assert.is(late.code, 'busy')
  assert.match(late.message, /within 20 ms/)
  // To ask the same again helps nobody.
  assert.equal(errorAnswer(late).headers, {})
  const operator = question(true)
  await lane.workOut(undefined, operator, async ({ signal }) => assert.is(signal, operator.signal))
})

test('exports of lines and files share their places', async () => {
  const view = newNode()
  let open = 0
  view.car = async function* () {
    open++
    for (;;) yield new Uint8Array(65_536)
  }
  const api = await openApi({ ...memoryApi(view), data: tempFolder(), tcp })
  const { hostname, port } = new URL(api.url!)
  const sockets: Socket[] = []
  /** The status that answers it; the rest is left where it is. */
  const ask = async (path: string, i: number): Promise<string> => {
    const localAddress = `127.0.0.${2 + (i % 4)}`
    const socket = connect({ host: hostname, port: Number(port), localAddress })
    sockets.push(socket)
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`)
    const [head] = (await once(socket, 'data')) as [Buffer]
    socket.pause()
    return head.toString('latin1').split(' ')[1]!
  }
  const { max } = exportStreams
  for (let i = 0; i < max; i++) assert.is(await ask('/v1/car', i), '200')
  assert.is(await ask('/v1/car', max), '503')
  assert.is(await ask('/v1/export/records', max), '503')
  assert.is(open, max)
  const own = await readAsOperator(api, '/v1/car')
  assert.is(own.status, 200)
  await own.body!.cancel()
  for (const socket of sockets) socket.destroy()
  await api.stop()
})
