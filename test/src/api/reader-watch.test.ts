import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import type { LedgerPages } from '../../../src/api/ledger-pages.ts'
import type { Api } from '../../../src/api/server.ts'
import { suite } from '../../harness.ts'
import { genesisOf, MemoryLedger } from '../memory-ledger.ts'
import { MemoryNode } from '../memory-node.ts'
import { tempFolder } from '../temp-folder.ts'
import { memoryApi } from './memory-api.ts'
import { openApi } from './open-api.ts'

const test = suite('api/reader-watch')
const tcp = { host: '127.0.0.1', port: 0 }
const newNode = () => new MemoryNode(new MemoryLedger(genesisOf(new Map())))
/** More than the sockets of the system hold. */
const pageChars = 250_000
const pages = 60

/** Asks, and reads nothing by itself. */
function caller(api: Api, path: string, times = 1): Socket {
  const { hostname, port } = new URL(api.url!)
  const socket = connect({ host: hostname, port: Number(port) }).on('error', () => {})
  socket.pause()
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`.repeat(times))
  return socket
}

/** Until the connection is cut off, which shows when everything that still came is read. */
async function readToEnd(socket: Socket): Promise<void> {
  const closed = new Promise<void>(resolve => socket.once('close', resolve))
  socket.resume()
  await closed
}

function withEvents(data: string): LedgerPages {
  return {
    ...memoryApi(newNode()).pages,
    events: async function* () {
      for (;;) yield { event: 'checkpoint', data } as never
    },
  }
}

test('answers of every kind that nobody reads are given up', async () => {
  const page = { html: 'x'.repeat(pageChars) }
  const readers = { msMax: 150, bytesMin: 1 }
  const api = await openApi({ ...memoryApi(newNode()), page, data: tempFolder(), tcp, readers })
  const socket = caller(api, '/', pages)
  await sleep(600)
  let read = 0
  socket.on('data', piece => (read += piece.length))
  await readToEnd(socket)
  assert.ok(read < pages * pageChars, `${read} bytes were still there for who didn't read for long`)
  await api.stop()
})

test('who reads, but too little, is cut off', async () => {
  const head = { epoch: 1, until: async () => {} }
  const events = withEvents('x'.repeat(65_536))
  const readers = { msMax: 200, bytesMin: 1024 ** 3 }
  const api = await openApi({ ...memoryApi(newNode()), pages: events, head, data: tempFolder(), tcp, readers })
  const socket = caller(api, '/v1/events?from=1')
  let isClosed = false
  socket.once('close', () => (isClosed = true))
  while (!isClosed) {
    socket.read()
    await sleep(5)
  }
  await api.stop()
})

test('who reads enough is not cut off, however long the answer', async () => {
  const page = { html: 'x'.repeat(pageChars) }
  const readers = { msMax: 300, bytesMin: 1 }
  const api = await openApi({ ...memoryApi(newNode()), page, data: tempFolder(), tcp, readers })
  const socket = caller(api, '/', pages)
  let read = 0
  while (read < pages * pageChars) {
    read += (socket.read() as Buffer | null)?.length ?? 0
    await sleep(5)
  }
  socket.destroy()
  await api.stop()
})

test('who reads all there is may wait for more for as long as it takes', async () => {
  const view = newNode()
  const pauseMs = 500
  view.car = async function* () {
    yield Uint8Array.of(1)
    await sleep(pauseMs)
    yield Uint8Array.of(2)
  }
  view.export = async function* () {
    yield { a: 1 }
    await sleep(pauseMs)
    yield { a: 2 }
  }
  const readers = { msMax: 100, bytesMin: 1024 }
  const api = await openApi({ ...memoryApi(view), data: tempFolder(), tcp, readers })
  assert.equal(await (await fetch(`${api.url}/v1/car`)).bytes(), Uint8Array.of(1, 2))
  assert.is(await (await fetch(`${api.url}/v1/export/records`)).text(), '{"a":1}\n{"a":2}\n')
  await api.stop()
})

test('who goes away before the first piece lets go of what the pieces come from', async () => {
  const view = newNode()
  const [asked, first, left] = [0, 0, 0].map(() => Promise.withResolvers<void>())
  view.car = async function* () {
    try {
      asked!.resolve()
      await first!.promise
      yield Uint8Array.of(1)
    } finally {
      left!.resolve()
    }
  }
  const api = await openApi({ ...memoryApi(view), data: tempFolder(), tcp })
  const socket = caller(api, '/v1/car')
  await asked!.promise
  socket.destroy()
  // The server has seen it.
  await sleep(100)
  first!.resolve()
  await left!.promise
  await api.stop()
})
