import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { accountText } from '../../../consensus/account.ts'
import { batchSigningBytes, draftBatch } from '../../../consensus/batch.ts'
import { toKey } from '../../../consensus/bytes.ts'
import { encode } from '../../../consensus/cbor/encode.ts'
import { Cid } from '../../../consensus/cid.ts'
import { LedgerError } from '../../../consensus/errors.ts'
import { NodeClient } from '../../../src/api/client.ts'
import { namesFile } from '../../../src/api/names.ts'
import type { Explanation } from '../../../src/api/node-view.ts'
import type { Api } from '../../../src/api/server.ts'
import { socketPath } from '../../../src/api/socket-path.ts'
import { submitBytesMax } from '../../../src/api/submit-body.ts'
import { ApiClient } from '../../../src/client/index.ts'
import { nativeCrypto } from '../../../src/crypto/native.ts'
import { suite } from '../../harness.ts'
import { genesisOf, keyOf, MemoryLedger } from '../memory-ledger.ts'
import { MemoryNode } from '../memory-node.ts'
import { tempFolder } from '../temp-folder.ts'
import { memoryApi } from './memory-api.ts'
import { openApi } from './open-api.ts'

const test = suite('api')

const ana = keyOf('ana').publicKey
const anaText = accountText(ana)
const data = tempFolder()
const ledger = new MemoryLedger(genesisOf(new Map([['ana', 5_000_000]])))
const node = new MemoryNode(ledger)
let api: Api
let byTcp: NodeClient
let bySocket: NodeClient

test.before(async () => {
  api = await openApi({ ...memoryApi(node), data, tcp: { host: '127.0.0.1', port: 0 } })
  byTcp = new NodeClient({ url: api.url! }, { token: api.token })
  bySocket = new NodeClient({ socket: api.socket })
})

test.after(async () => {
  await Promise.all([byTcp.close(), bySocket.close()])
  await api.stop()
})

function transferBatch(amount: number) {
  const key = keyOf('ana')
  const draft = draftBatch(nativeCrypto, {
    chain: ledger.chain,
    author: key.publicKey,
    seq: 1,
    prev: null,
    time: 0,
    records: [{ kind: 'transfer', to: keyOf('bo').publicKey, amount }],
  })
  return {
    header: draft.header,
    body: draft.body,
    signature: key.sign(batchSigningBytes(draft.header)),
    cid: draft.cid,
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

interface Answer {
  readonly status: number
  readonly body: { ok: boolean; error?: { code: string; message: string; next?: string }; data?: unknown }
}

async function ask(path: string, init: RequestInit = {}): Promise<Answer> {
  const answer = await fetch(api.url + path, init)
  return { status: answer.status, body: (await answer.json()) as Answer['body'] }
}

test('a view answers the same itself, over TCP and over its socket', async () => {
  for (const client of [byTcp, bySocket]) {
    assert.equal(await client.status(), await node.status())
    assert.equal(await client.payouts(), await node.payouts())
    assert.equal(await client.account(toKey(ana)), await node.account(toKey(ana)))
    assert.equal(await client.author(toKey(ana)), await node.author(toKey(ana)))
    assert.equal(await client.supply(), await node.supply())
    const subject = { type: 'account', account: toKey(ana) } as const
    assert.equal(await client.explain(subject), await node.explain(subject))
  }
})

test('explain: the epochs reach the node as from and to, or one as epoch, and not both', async () => {
  const path = `/v1/explain/${accountText(ana)}`
  const told = async (query: string) => {
    const { from, to } = (await ask(path + query)).body.data as Explanation
    return [from, to]
  }
  assert.equal(await told(''), [1, 1])
  assert.equal(await told('?from=2&to=5'), [2, 5])
  assert.equal(await told('?epoch=3'), [3, 3])
  const { status, body } = await ask(`${path}?epoch=3&from=2`)
  assert.equal([status, body.error?.code], [400, 'malformed'])
  assert.is((await byTcp.explain({ type: 'account', account: toKey(ana) }, { from: 4 }))!.from, 4)
})

test('an explanation takes its time for the operator, and for others as long as any answer', async () => {
  const { explain } = node
  node.explain = async (...asked) => {
    await sleep(400)
    return explain.apply(node, asked)
  }
  const ask = async (client: NodeClient) => {
    const { kind, code } = (await client.explain({ type: 'account', account: toKey(ana) }).catch(error => error)) as {
      kind?: string
      code?: string
    }
    await client.close()
    return kind ?? code
  }
  const socket = socketPath(data)
  const told = await Promise.all([
    ask(new NodeClient({ socket }, { timeoutMs: 100 })),
    ask(new NodeClient({ url: api.url! }, { timeoutMs: 100 })),
  ])
  node.explain = explain
  assert.equal(told, ['account', 'unreachable'])
})

test('what is not known is undefined at the client, 404 in between', async () => {
  const unknown = Cid.fromDigest(new Uint8Array(32))
  assert.is(await byTcp.account(toKey(keyOf('nobody').publicKey)), undefined)
  assert.is(await byTcp.record(unknown, 0), undefined)
  assert.is(await byTcp.explain({ type: 'record', batch: unknown, index: 0 }), undefined)
  assert.is(await byTcp.epoch(99), undefined)
  const { status, body } = await ask('/v1/epochs/99')
  assert.equal([status, body.ok, body.error?.code], [404, false, 'not-yet'])
})

test('a batch goes in, is known the second time, becomes final and is exported', async () => {
  const { cid, ...batch } = transferBatch(1_000_000)
  assert.equal(await byTcp.submit(batch), { outcome: 'accepted', cid: cid.toString() })
  assert.equal(await bySocket.submit(batch), { outcome: 'known', cid: cid.toString() })
  const epoch = await byTcp.epoch(1, { waitMs: 1000 })
  assert.equal(
    epoch?.batches.map(each => each.cid),
    [cid.toString()],
  )
  assert.is((await byTcp.record(cid, 0))?.kind, 'transfer')
  const lines = await collect(byTcp.export('records'))
  assert.equal(lines, [{ ref: `${cid}/0`, kind: 'transfer', to: accountText(keyOf('bo').publicKey), amount: '1' }])
})

test('a refusal keeps its code and message on its way', async () => {
  const { cid: _, ...batch } = transferBatch(2)
  const failure = await byTcp.submit({ ...batch, signature: new Uint8Array(64) }).catch(error => error)
  assert.is(failure.code, 'signature')
  assert.match(failure.message, /signature: expected/)
  const refused = await collect(byTcp.export('payouts')).catch(error => error)
  assert.is(refused.code, 'not-ready')
})

test('only the socket in the data folder takes what only the operator may ask', async () => {
  const over = (body: string) =>
    ask('/v1/halt', { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  assert.is((await over('{"epoch":5}')).status, 404)
  await bySocket.halt(5)
  assert.equal(node.halts, [5])
  assert.is(statSync(api.socket).mode & 0o777, 0o600)
  const failure = await bySocket.halt(-1).catch(error => error)
  assert.match(failure.message, /epoch: expected an integer from 0/)
})

test('names kept in the data folder are served', async () => {
  assert.equal(await byTcp.names(), { actors: {}, labels: {} })
  writeFileSync(join(data, namesFile), JSON.stringify({ actors: { ana: anaText }, labels: {} }))
  assert.equal(await byTcp.names(), { actors: { ana: anaText }, labels: {} })
})

test('health: alive, and ready unless it catches up or has halted', async () => {
  assert.is((await ask('/health/live')).status, 200)
  assert.is((await ask('/health/ready')).status, 200)
  const status = node.status.bind(node)
  node.status = async () => ({ ...(await status()), halted: 'protocol 2' })
  const { status: code, body } = await ask('/health/ready')
  assert.equal([code, body.error?.code], [503, 'not-ready'])
  node.status = async () => ({ ...(await status()), stalled: true })
  assert.match((await ask('/health/ready')).body.error!.message, /no epoch has become final/)
  node.status = async () => ({ ...(await status()), syncing: true })
  assert.match((await ask('/health/ready')).body.error!.message, /^syncing: catching up/)
  node.status = async () => ({ ...(await status()), syncing: true, epoch: 7, target: 900, secondsLeft: 30 })
  assert.match((await ask('/health/ready')).body.error!.message, /at epoch 7 of 900, about 30 s left$/)
  node.status = status
  assert.is((await ask('/health/live')).status, 200)
})

const hostile: readonly (readonly [path: string, status: number, field: RegExp])[] = [
  ['/v1/nothing', 404, /no such route/],
  ['/', 404, /page: not known/],
  ['/v1/accounts/', 400, /account: expected an account/],
  ['/v1/accounts/did:key:zzz', 400, /account: expected an account/],
  ['/v1/accounts/..%2f..%2fetc', 400, /account: expected an account/],
  [`/v1/accounts/${'a'.repeat(5000)}`, 400, /account: expected/],
  ['/v1/authors/%00', 400, /account: expected an account/],
  ['/v1/records/bafy/0', 400, /cid: expected a CID/],
  [`/v1/records/${Cid.fromDigest(new Uint8Array(32))}/1024`, 400, /index: expected an integer from 0 to 1023/],
  [`/v1/records/${Cid.fromDigest(new Uint8Array(32))}/-1`, 400, /index: expected/],
  ['/v1/epochs/x', 400, /epoch: expected an integer/],
  ['/v1/epochs/1e3', 400, /epoch: expected an integer/],
  ['/v1/epochs/99999999999999999999', 400, /epoch: expected an integer/],
  ['/v1/epochs/1?wait=60001', 400, /wait: expected an integer from 0 to 60000/],
  ['/v1/epochs/1?wait=1&wait=2', 400, /wait: expected/],
  ['/v1/epochs/1?waits=1', 400, /waits: expected no such field, only wait, got/],
  ['/v1/payouts?epoch=-1', 400, /epoch: expected/],
  ['/v1/status?x=1', 400, /x: expected no query/],
  ['/v1/explain/x', 400, /account: expected an account/],
  ['/v1/explain/./0', 400, /cid: expected a CID/],
  ['/v1/export/secrets', 400, /what: expected records, checkpoints, payouts/],
  ['/v1/export/records?from=a', 400, /from: expected/],
  [`/v1/accounts/${'a'.repeat(9000)}`, 414, /url: /],
  [`/${'a'.repeat(20_000)}`, 431, /headers: more than/],
  ['/v1/halt', 404, /no such route/],
  ['/v1/submit', 405, /method: expected POST, got GET/],
  ['/%', 400, /request: expected/],
]

for (const [path, status, message] of hostile) {
  test(`refused: GET ${path.slice(0, 60)}`, async () => {
    const answer = await raw(path)
    assert.is(answer.status, status)
    assert.is(answer.body.ok, false)
    assert.match(answer.body.error!.message, message)
    assert.not.ok(JSON.stringify(answer.body).includes('    at '))
  })
}

/** Sends a path as it stands: `fetch` would tidy it up. */
function raw(path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(api.url!)
    request({ hostname, port, path }, async answer => {
      const text = Buffer.concat(await answer.toArray()).toString()
      resolve({ status: answer.statusCode!, body: JSON.parse(text) })
    })
      .on('error', reject)
      .end()
  })
}

const bearer = () => ({ authorization: `Bearer ${api.token}` })

const bodies: readonly (readonly [
  what: string,
  type: string,
  body: Uint8Array<ArrayBuffer>,
  status: number,
  code: string,
])[] = [
  ['nothing', 'application/cbor', new Uint8Array(0), 400, 'encoding'],
  ['no CBOR', 'application/cbor', Uint8Array.of(0xff, 0xff), 400, 'encoding'],
  ['no list', 'application/cbor', bytes(encode({ a: 1 })), 400, 'malformed'],
  ['two parts', 'application/cbor', bytes(encode([new Uint8Array(1), new Uint8Array(64)])), 400, 'malformed'],
  ['text as header', 'application/cbor', bytes(encode(['x', new Uint8Array(64), new Uint8Array(1)])), 400, 'malformed'],
  [
    'half a signature',
    'application/cbor',
    bytes(encode([new Uint8Array(1), new Uint8Array(32), new Uint8Array(1)])),
    400,
    'malformed',
  ],
  ['JSON', 'application/json', bytes(Buffer.from('{}')), 415, 'media-type'],
  ['another type', 'text/html', bytes(Buffer.from('x')), 415, 'media-type'],
  ['broken JSON', 'application/json', bytes(Buffer.from('{')), 415, 'media-type'],
  ['too much', 'application/cbor', new Uint8Array(submitBytesMax + 1), 413, 'too-large'],
]

function bytes(from: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(from)
}

for (const [what, type, body, status, code] of bodies) {
  test(`refused: POST /v1/submit with ${what}`, async () => {
    const answer = await ask('/v1/submit', { method: 'POST', body, headers: { 'content-type': type, ...bearer() } })
    assert.equal([answer.status, answer.body.error?.code], [status, code])
  })
}

test('what goes wrong inside is told to the log, not to the caller', async () => {
  const told: unknown[] = []
  const folder = tempFolder()
  const broken = new MemoryNode(ledger)
  broken.supply = async () => {
    throw new Error('the password is swordfish')
  }
  const own = await openApi({ ...memoryApi(broken), data: folder, onError: error => told.push(error) })
  const client = new NodeClient({ socket: own.socket })
  const failure = await client.supply().catch(error => error)
  await client.close()
  await own.stop()
  assert.is(failure.code, 'internal')
  assert.not.match(failure.message, /swordfish/)
  assert.is(told.length, 1)
})

test('a stream that breaks off in the middle is told to the log, and the caller where to look', async () => {
  const told: unknown[] = []
  const folder = tempFolder()
  const broken = new MemoryNode(ledger)
  broken.backup = async function* () {
    yield new Uint8Array(10)
    throw new Error('a damaged value')
  }
  const own = await openApi({ ...memoryApi(broken), data: folder, onError: error => told.push(error) })
  const client = new NodeClient({ socket: own.socket })
  const failure = await (async () => {
    for await (const _ of client.backup());
  })().catch((error: LedgerError) => error)
  await client.close()
  await own.stop()
  assert.is(failure?.code, 'unreachable')
  assert.match(failure?.next ?? '', /its log says why/)
  assert.equal(
    told.map(error => (error as Error).message),
    ['a damaged value'],
  )
})

test('an id of a batch from before the snapshot is found nowhere, and no failure', async () => {
  const folder = tempFolder()
  const joined = new MemoryNode(ledger)
  joined.record = async () => {
    throw new LedgerError('not-found', 'this node joined by a snapshot')
  }
  const own = await openApi({ ...memoryApi(joined), data: folder, tcp: { host: '127.0.0.1', port: 0 } })
  const client = new ApiClient(own.url!)
  const { hits } = await client.get('/v1/search', { q: `${Cid.of(nativeCrypto, new Uint8Array(1))}/0` })
  assert.equal(hits, [])
  await own.stop()
})

test('a client that goes away ends its wait at the node', async () => {
  const folder = tempFolder()
  const waiting = new MemoryNode(ledger)
  const ended = Promise.withResolvers<void>()
  waiting.epoch = (_, wait) =>
    new Promise(resolve => {
      wait!.signal!.addEventListener('abort', () => {
        resolve(undefined)
        ended.resolve()
      })
    })
  const own = await openApi({ ...memoryApi(waiting), data: folder })
  const client = new NodeClient({ socket: own.socket })
  const stop = new AbortController()
  const answer = client.epoch(5, { waitMs: 30_000, signal: stop.signal })
  setTimeout(() => stop.abort(), 50)
  assert.is(await answer, undefined)
  await ended.promise
  await client.close()
  await own.stop()
})

test('stopping cuts off who waits, and the socket is gone', async () => {
  const folder = tempFolder()
  const waiting = new MemoryNode(ledger)
  const asked = Promise.withResolvers<void>()
  waiting.epoch = () => {
    asked.resolve()
    return new Promise(() => {})
  }
  const own = await openApi({ ...memoryApi(waiting), data: folder })
  const client = new NodeClient({ socket: own.socket })
  const failure = client.epoch(5, { waitMs: 30_000 }).catch(error => error)
  await asked.promise
  await own.stop()
  assert.is((await failure).code, 'unreachable')
  assert.not.ok(existsSync(own.socket))
  await client.close()
})

test('a socket that a killed node left behind is taken over', async () => {
  const folder = tempFolder()
  writeFileSync(socketPath(folder), '')
  const own = await openApi({ ...memoryApi(node), data: folder })
  const client = new NodeClient({ socket: own.socket })
  assert.is((await client.status()).peerId, 'memory')
  await client.close()
  await own.stop()
})

test('a folder too deep for a socket path has its socket elsewhere', async () => {
  const deep = join(tempFolder(), 'x'.repeat(120))
  mkdirSync(deep)
  assert.ok(socketPath(deep).length < 100)
  const own = await openApi({ ...memoryApi(node), data: deep })
  const client = new NodeClient({ socket: own.socket })
  assert.is((await client.status()).peerId, 'memory')
  await client.close()
  await own.stop()
})

test('a port that is taken is said plainly, and nothing stays open', async () => {
  const folder = tempFolder()
  const port = Number(new URL(api.url!).port)
  const failure = await openApi({ ...memoryApi(node), data: folder, tcp: { host: '127.0.0.1', port } }).catch(
    error => error,
  )
  assert.equal(
    [failure.code, failure.next],
    ['api-listen', 'choose another port, or 0 for any that is free: --api HOST:PORT'],
  )
  assert.not.ok(existsSync(socketPath(folder)))
})

test('no node, no answer, no HTTP: each said plainly', async () => {
  const nobody = new NodeClient({ socket: join(data, 'nobody.sock') })
  assert.is((await nobody.status().catch(error => error)).code, 'unreachable')
  const slow = new NodeClient({ socket: api.socket }, { timeoutMs: 20 })
  const status = node.status.bind(node)
  node.status = () => new Promise(resolve => setTimeout(resolve, 60)).then(status)
  const failure = await slow.status().catch(error => error)
  node.status = status
  assert.match(failure.message, /no answer within 20 ms/)
  assert.throws(() => new NodeClient({ url: 'ftp://x' }), /api: expected an address like/)
  assert.throws(() => new NodeClient({ url: 'localhost' }), /api: expected an address like/)
  await Promise.all([nobody.close(), slow.close()])
})

test('bytes that are no HTTP are answered and cut off', async () => {
  const { hostname, port } = new URL(api.url!)
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write('\x00\x01\x02\r\n\r\n'))
    let text = ''
    socket.on('data', chunk => {
      text += chunk
    })
    socket.on('close', () => resolve(text))
    socket.on('error', reject)
  })
  assert.match(answer, /^HTTP\/1\.1 400 .*"code":"malformed"/s)
  assert.is((await ask('/health/live')).status, 200)
})
