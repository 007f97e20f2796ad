import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import * as assert from 'uvu/assert'
import { HttpCaller } from '../../../src/api/http-call.ts'
import { allowance } from '../../../src/api/limits.ts'
import type { Api } from '../../../src/api/server.ts'
import { suite } from '../../harness.ts'
import { genesisOf, MemoryLedger } from '../memory-ledger.ts'
import { MemoryNode } from '../memory-node.ts'
import { tempFolder } from '../temp-folder.ts'
import { memoryApi } from './memory-api.ts'
import { openApi } from './open-api.ts'

const test = suite('api/proxies')
const tcp = { host: '127.0.0.1', port: 0 }
const node = new MemoryNode(new MemoryLedger(genesisOf(new Map())))
const proxy = '127.0.0.2'

/** Asks what is dear, from an address of this machine, for the one that it says. */
async function ask(api: Api, localAddress: string, forwardedFor: string): Promise<number> {
  const headers = { 'x-forwarded-for': forwardedFor }
  const sent = request(`${api.url}/v1/export/records?from=9&to=1`, { localAddress, headers }).end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  await answer.resume().toArray()
  return answer.statusCode!
}

/** Until nothing is left of what it may ask. */
async function useUp(api: Api, localAddress: string, forwardedFor: string): Promise<void> {
  for (let asked = 0; asked <= allowance.burst; asked++) {
    if ((await ask(api, localAddress, forwardedFor)) === 429) return
  }
  throw new Error('no limit was met')
}

test('whom a named proxy asks for has an allowance of their own', async () => {
  const api = await openApi({ ...memoryApi(node), data: tempFolder(), tcp, proxies: ['127.0.0.2/31'] })
  await useUp(api, proxy, '192.0.2.1')
  assert.is(await ask(api, proxy, '192.0.2.2'), 200)
  // What the user said first isn't what the proxy added.
  assert.is(await ask(api, proxy, '192.0.2.3, 192.0.2.1'), 429)
  await api.stop()
})

test('nobody else is believed, and without a proxy nobody', async () => {
  for (const proxies of [[proxy], undefined]) {
    const api = await openApi({ ...memoryApi(node), data: tempFolder(), tcp, ...(proxies && { proxies }) })
    await useUp(api, '127.0.0.4', '192.0.2.1')
    assert.is(await ask(api, '127.0.0.4', '192.0.2.2'), 429)
    assert.is(await ask(api, '127.0.0.5', '192.0.2.1'), 200)
    await api.stop()
  }
})

test('an address with https: is asked over TLS', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const caller = new HttpCaller({ url: `https://127.0.0.1:${port}` })
  const answer = caller
    .send({ method: 'GET', path: '/', headers: {}, timeoutMs: 10_000, silenceMs: 10_000 })
    .catch(error => error)
  const [socket] = await once(server, 'connection')
  const [first] = (await once(socket, 'data')) as [Buffer]
  // The record of a handshake (RFC 8446, section 5.1).
  assert.is(first[0], 22)
  socket.destroy()
  assert.is((await answer).code, 'unreachable')
  caller.close()
  server.close()
})

test('an address of another kind, or with a path, is refused', () => {
  for (const url of ['ftp://127.0.0.1', 'https://127.0.0.1/x', 'nothing']) {
    assert.throws(() => new HttpCaller({ url }), /api: expected an address like/)
  }
})

test('monitors may ask for health with HEAD', async () => {
  const api = await openApi({ ...memoryApi(node), data: tempFolder(), tcp })
  for (const path of ['/health/live', '/health/ready']) {
    const answer = await fetch(api.url + path, { method: 'HEAD' })
    assert.equal([answer.status, await answer.text()], [200, ''])
  }
  api.ending()
  assert.is((await fetch(`${api.url}/health/ready`, { method: 'HEAD' })).status, 503)
  const posted = await fetch(`${api.url}/health/live`, { method: 'POST' })
  assert.equal([posted.status, posted.headers.get('allow')], [405, 'GET, HEAD'])
  await api.stop()
})
