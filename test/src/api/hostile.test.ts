/** Whatever is asked, the API refuses in its own words: no 5xx but 503, no broken shape, and it lives on. */
import { request } from 'node:http'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { routes } from '../../../src/api/routes/index.ts'
import type { Api } from '../../../src/api/server.ts'
import { lightServing } from '../../../src/node/serving-light.ts'
import { Prover } from '../../../src/proofs/prover.ts'
import { StoredPages } from '../../../src/query/stored-pages.ts'
import { StoredView } from '../../../src/query/stored-view.ts'
import { buildSmallLedger, type SmallLedger } from '../../fixtures/small-ledger.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'
import { openApi } from './open-api.ts'

const test = suite('api under hostile requests')

let ledger: SmallLedger
let prover: Prover
let api: Api
const inside: unknown[] = []

test.before(async () => {
  ledger = await buildSmallLedger(tempFolder())
  const { store } = ledger.driver
  prover = new Prover(store)
  api = await openApi({
    view: new StoredView(store),
    pages: new StoredPages(store),
    head: { epoch: store.head()!.epoch, until: async () => {} },
    light: lightServing(store, prover),
    data: tempFolder(),
    tcp: { host: '127.0.0.1', port: 0 },
    onError: error => inside.push(error),
  })
})

test.after(async () => {
  await api.stop()
  await prover.close()
  await ledger.driver.close()
})

interface Hostile {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** Sent as it stands. A stream that has begun is left at once. */
function send({ method, path, headers, body }: Hostile): Promise<{ status: number; type: string; text: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(api.url!)
    const all = { authorization: `Bearer ${api.token}`, 'content-length': body.length, ...headers }
    const sent = request({ hostname, port, method, path, headers: all }, async answer => {
      const type = answer.headers['content-type'] ?? ''
      const isStream = type === 'text/event-stream'
      const text = isStream ? '' : Buffer.concat(await answer.toArray().catch(() => [])).toString()
      if (isStream) answer.destroy()
      resolve({ status: answer.statusCode!, type, text })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** What a request line may hold; anything else never leaves the client. */
const sendable = (text: string) => text.replace(/[^\x21-\x7e]/g, '')

const word = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }).map(encodeURIComponentSafely),
  fc.string({ maxLength: 40 }).map(sendable),
  fc.constantFrom(
    '%',
    '%00',
    '%ff',
    '..',
    '.',
    '//',
    '-1',
    '0',
    '1e9',
    '9007199254740993',
    '__proto__',
    'constructor',
    'null',
    'NaN',
  ),
  fc.integer().map(String),
  fc.constantFrom(
    'did:key:z6Mk',
    `did:key:z6Mk${'1'.repeat(44)}`,
    `b${'a'.repeat(58)}`,
    `b${'a'.repeat(58)}/0`,
    'a'.repeat(9_000),
  ),
)

function encodeURIComponentSafely(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

const path = fc.oneof(
  fc
    .tuple(fc.constantFrom(...routes.map(route => route.path)), fc.array(word, { minLength: 3, maxLength: 3 }))
    .map(([template, words]) => {
      let used = 0
      return template.replaceAll(/\{\w+\}/g, () => words[used++]!)
    }),
  fc.array(word, { maxLength: 5 }).map(words => `/${words.join('/')}`),
)

const names = [...new Set(routes.flatMap(route => Object.keys(route.fields.properties as object)))]
const query = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom(...names), word), word), { maxLength: 4 })
  .map(pairs => (pairs.length === 0 ? '' : `?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`))

const body = fc.oneof(
  fc.uint8Array({ maxLength: 2_000 }),
  fc.json({ maxDepth: 6 }).map(text => new TextEncoder().encode(text)),
  fc.constant(new Uint8Array(0)),
)

const headers = fc.record(
  {
    'content-type': fc.constantFrom(
      'application/cbor',
      'application/json',
      'text/plain',
      'application/json; charset=x',
      'x',
      '',
    ),
    authorization: fc.constantFrom('', 'Bearer', 'Bearer x', 'Basic eDp4'),
    'last-event-id': fc.constantFrom('', 'x', '1.0', '999999999999999.1', '-1.0', '1.0.0'),
    accept: fc.constantFrom('*/*', 'text/event-stream', 'x'),
    'transfer-encoding': fc.constantFrom('x'),
    expect: fc.constantFrom('x'),
  },
  { requiredKeys: [] },
)

// Not HEAD: a refusal of what is no HTTP has a body, and there it is the client that fails.
const hostile = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', 'POST', 'POST', 'PUT', 'OPTIONS', 'DELETE', 'PATCH', 'TRACE'),
  path: fc.tuple(path, query).map(([base, rest]) => base + rest),
  headers,
  body,
})

test('garbage of every kind is refused with one shape', async () => {
  const seen = new Map<number, number>()
  await fc.assert(
    fc.asyncProperty(hostile, async asked => {
      const { status, type, text } = await send(asked)
      seen.set(status, (seen.get(status) ?? 0) + 1)
      const told = `${status} ${asked.method} ${asked.path.slice(0, 200)} ${text.slice(0, 200)}`
      assert.ok(status < 500 || status === 503, told)
      if (status < 400) return
      assert.match(type, /^application\/json/, told)
      const { ok, error } = JSON.parse(text)
      assert.ok(ok === false && typeof error.code === 'string' && typeof error.message === 'string', told)
    }),
    { numRuns: 600 },
  )
  assert.ok(seen.size >= 4, `only ${[...seen.keys()]}`)
  assert.equal(inside, [])
})

test('whatever is sent for a batch or for proofs, it is taken or refused', async () => {
  const posted = fc.tuple(fc.constantFrom('/v1/submit', '/v1/proof', '/v1/halt'), body)
  await fc.assert(
    fc.asyncProperty(posted, async ([to, bytes]) => {
      const { status } = await send({
        method: 'POST',
        path: to,
        headers: { 'content-type': 'application/cbor' },
        body: bytes,
      })
      assert.ok(status < 500 || status === 503, `${status} ${to}`)
    }),
    { numRuns: 300 },
  )
  assert.equal(inside, [])
})
