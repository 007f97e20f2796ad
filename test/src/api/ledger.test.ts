/** The API over the sample economy as a store holds it: every list, page by page; proofs; events. */

import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Compile } from 'typebox/compile'
import * as assert from 'uvu/assert'
import { accountKeyText } from '../../../consensus/account.ts'
import { Cid } from '../../../consensus/cid.ts'
import { decodeProofRequest } from '../../../consensus/light/proof/request.ts'
import { bundleForBrowsers, clientEntry } from '../../../scripts/bundle/browser.ts'
import type { HeadWatch } from '../../../src/api/ledger-pages.ts'
import { namesFile } from '../../../src/api/names.ts'
import type { AnyRoute } from '../../../src/api/route.ts'
import { routes } from '../../../src/api/routes/index.ts'
import type { Api } from '../../../src/api/server.ts'
import { ApiClient, LightSource } from '../../../src/client/index.ts'
import { nativeCrypto } from '../../../src/crypto/native.ts'
import { lightServing } from '../../../src/node/serving-light.ts'
import { Prover } from '../../../src/proofs/prover.ts'
import { StoredEconomy } from '../../../src/query/economy.ts'
import { StoredPages } from '../../../src/query/stored-pages.ts'
import { StoredView } from '../../../src/query/stored-view.ts'
import { buildSampleLedger, type SampleLedger } from '../../fixtures/sample-ledger.ts'
import { suite } from '../../harness.ts'
import { until } from '../../network/net.ts'
import { tempFolder } from '../temp-folder.ts'
import { openApi } from './open-api.ts'

const test = suite('api on a ledger')

/** A head that moves when the test says so. */
class StagedHead implements HeadWatch {
  epoch = 0
  readonly #waiting = new Set<() => void>()

  get waiting(): number {
    return this.#waiting.size
  }

  advance(epoch: number): void {
    this.epoch = epoch
    for (const wake of [...this.#waiting]) wake()
  }

  async until(_: number, { signal }: { signal?: AbortSignal }): Promise<void> {
    await new Promise<void>(resolve => {
      const wake = () => {
        this.#waiting.delete(wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal?.addEventListener('abort', wake, { once: true })
    })
  }
}

const data = tempFolder()
const head = new StagedHead()
let ledger: SampleLedger
let prover: Prover
let api: Api
let client: ApiClient
let newest: number

test.before(async () => {
  ledger = await buildSampleLedger(tempFolder())
  prover = new Prover(ledger.store)
  newest = ledger.results.length
  head.advance(newest)
  const { store } = ledger
  const view = new StoredView(store)
  const parts = { view, pages: new StoredPages(store), head, light: lightServing(store, prover) }
  api = await openApi({
    ...parts,
    economy: new StoredEconomy(ledger.store),
    data,
    tcp: { host: '127.0.0.1', port: 0 },
  })
  client = new ApiClient(api.url!, { token: api.token })
})

test.after(async () => {
  await api.stop()
  await prover.close()
  await ledger.store.close()
})

async function get(path: string): Promise<{ status: number; data: unknown; code: string | undefined }> {
  const answer = await fetch(api.url + path, { headers: { authorization: `Bearer ${api.token}` } })
  const { data, error } = (await answer.json()) as { data?: unknown; error?: { code: string } }
  return { status: answer.status, data, code: error?.code }
}

interface Paged {
  readonly items: readonly object[]
  readonly next: string | null
}

async function walk(path: string, limit: number): Promise<object[]> {
  const items: object[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { status, data } = await get(
      `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor && `&cursor=${cursor}`}`,
    )
    assert.is(status, 200, path)
    const page = data as Paged
    assert.ok(page.items.length <= limit, path)
    items.push(...page.items)
    cursor = page.next
  }
  return items
}

/** One path for each field of each route. */
function samplePaths(): Map<AnyRoute, string[]> {
  const account = accountKeyText(ledger.genesis.accounts[0]![0])
  const epochs = [1, newest >> 1, newest].map(String)
  // Some of each kind: explaining all of them takes longer than it teaches.
  const refs = Object.values(ledger.labels).filter((_, i) => i % 9 === 0)
  const values: Record<string, readonly string[]> = { account: [account], epoch: epochs, what: ['records', 'payouts'] }
  return new Map(
    routes
      .filter(({ method, path, answer }) => method === 'GET' && answer.kind === 'json' && !path.startsWith('/health'))
      // Nobody signed the epochs of this ledger.
      .filter(({ path }) => path !== '/v1/attendance')
      .map((route): [AnyRoute, string[]] => {
        // What is told of some epochs has to be told which.
        const during = 'from' in (route.fields.properties as object) ? `?from=1&to=${newest}` : ''
        if (route.path.includes('{cid}')) {
          const of = (ref: string) => route.path.replace('{cid}/{index}', ref).replace('{cid}', ref.split('/')[0]!)
          return [route, refs.map(ref => of(ref) + during)]
        }
        const name = /\{(\w+)\}/.exec(route.path)?.[1]
        if (route.path === '/v1/search') return [route, [`/v1/search?q=${account}`]]
        if (route.path === '/v1/named') return [route, ['/v1/named?q=garden']]
        if (name === undefined) return [route, [route.path + during]]
        return [route, values[name]!.map(value => route.path.replace(`{${name}}`, value))]
      }),
  )
}

test('every answer is what its schema says, and has nothing that the schema doesn’t', async () => {
  for (const [{ path, answer }, urls] of samplePaths()) {
    if (answer.kind !== 'json') continue
    const validator = Compile(answer.schema)
    let answered = 0
    for (const url of urls) {
      const { status, data } = await get(url)
      if (status === 404) continue
      assert.is(status, 200, url)
      assert.equal([...validator.Errors(data)], [], url)
      assert.equal(validator.Clean(structuredClone(data)), data, url)
      answered++
    }
    assert.ok(answered > 0, `${path} was never answered`)
  }
})

test('a list is the same whatever the length of its pages', async () => {
  let long = 0
  for (const [route, urls] of samplePaths()) {
    if (!('cursor' in (route.fields.properties as object))) continue
    for (const url of new Set([urls[0]!, urls.at(-1)!])) {
      if ((await get(url)).status === 404) continue
      const whole = await walk(url, 1_000)
      assert.equal(await walk(url, 2), whole, url)
      if (whole.length > 2) long++
    }
  }
  assert.ok(long >= 8, `only ${long} lists had more than one page`)
})

test('the lists hold what the ledger holds', async () => {
  const view = new StoredView(ledger.store)
  const { accounts } = await view.payouts()
  assert.equal(await walk('/v1/payouts', 7), accounts)
  const account = accounts.find(each => each.payout !== null)!.account
  const history = (await walk(`/v1/accounts/${account}/payouts`, 3)) as {
    epoch: number
    amount: number
    credit: number
  }[]
  assert.is(
    history.reduce((sum, { amount }) => sum + amount, 0),
    history[0]!.credit,
  )
  assert.equal(
    history.map(({ epoch }) => epoch),
    history.map(({ epoch }) => epoch).sort((a, b) => b - a),
  )
  for (let epoch = 1; epoch <= newest; epoch++) {
    const { batches, usage, totals } = (await view.epoch(epoch))!
    assert.equal(await walk(`/v1/epochs/${epoch}/batches`, 3), batches)
    const payouts = (await walk(`/v1/epochs/${epoch}/payouts`, 5)) as { amount: number; lines: { amount: number }[] }[]
    assert.is(payouts.length, usage.paid)
    assert.is(
      payouts.reduce((sum, { amount }) => sum + amount, 0),
      totals.paid,
    )
    for (const { amount, lines } of payouts)
      assert.is(
        lines.reduce((sum, line) => sum + line.amount, 0),
        amount,
      )
    const flows = (await walk(`/v1/epochs/${epoch}/flows`, 4)) as {
      lists: { amount: number; parts: { amount: number }[] }[]
    }[]
    for (const { lists } of flows)
      for (const { amount, parts } of lists)
        assert.is(
          parts.reduce((sum, part) => sum + part.amount, 0),
          amount,
        )
  }
})

test('records of an author come newest first, and all of them', async () => {
  const exported = []
  for await (const line of client.lines('/v1/export/{what}', { what: 'records' })) exported.push(line)
  const authors = Map.groupBy(exported, ({ author }) => author as string)
  for (const [author, lines] of authors) {
    const records = (await walk(`/v1/accounts/${author}/records`, 3)) as { ref: string }[]
    assert.equal(new Set(records.map(({ ref }) => ref)), new Set(lines.map(({ ref }) => ref)))
    assert.is(records.length, lines.length)
  }
})

test('assets are found by kind, by owner and by what they are made of', async () => {
  const all = (await client.get('/v1/assets', { limit: 1_000 })).items
  const models = (await client.get('/v1/assets', { kind: 'model', limit: 1_000 })).items
  assert.equal(
    models,
    all.filter(({ kind }) => kind === 'model'),
  )
  assert.ok(models.length > 0 && models.every(({ name }) => name !== null))
  const { owner } = models[0]!
  assert.equal(
    (await client.get('/v1/assets', { owner, limit: 1_000 })).items,
    all.filter(each => each.owner === owner),
  )
  const child = all.find(({ parents }) => parents !== undefined && parents.length > 0)!
  const of = child.parents![0]!.ref
  assert.ok((await client.get('/v1/assets', { of, limit: 1_000 })).items.some(({ ref }) => ref === child.ref))
})

test('any id is found, and so is a part of a name', async () => {
  const search = async (q: string) => (await client.get('/v1/search', { q })).hits
  const { account } = (await client.get('/v1/payouts', { limit: 1 })).items[0]!
  assert.equal(await search(account), [{ type: 'account', id: account, label: null }])
  const { cid } = await client.get('/v1/epochs/{epoch}', { epoch: newest })
  for (const q of [cid, String(newest)])
    assert.equal(await search(q), [{ type: 'epoch', id: String(newest), label: null }])
  const ref = Object.values(ledger.labels)[0]!
  assert.equal(
    (await search(ref)).map(({ type, id }) => [type, id]),
    [['record', ref]],
  )
  const batch = ref.split('/')[0]!
  assert.equal(await search(batch), [{ type: 'batch', id: batch, label: null }])
  const chain = (await client.get('/v1/status')).chain
  assert.equal(await search(chain), [{ type: 'chain', id: chain, label: ledger.genesis.name }])
  for (const label of ['slug-boards', 'leaf-mould']) {
    const made = ledger.labels[label]!
    const [cid = '', index] = made.split('/')
    const { fields } = await client.get('/v1/records/{cid}/{index}', { cid, index: Number(index) })
    const hits = await search(fields.content as string)
    assert.equal(
      hits.map(({ type, id }) => [type, id]),
      [['record', made]],
    )
    assert.ok(hits[0]!.label)
  }
  writeFileSync(join(data, namesFile), JSON.stringify({ actors: { 'Ana Luz': account }, labels: { soup: ref } }))
  assert.equal(await search('luz'), [{ type: 'account', id: account, label: 'Ana Luz' }])
  for (const q of ['nothing', '0', `${newest + 1}`, `${ref}x`, 'did:key:x', `b${'a'.repeat(58)}`])
    assert.equal(await search(q), [], q)
})

test('an epoch that is not here is told from one that will be', async () => {
  // The store keeps epochs in 48 bits.
  const asked = [newest + 1, 2 ** 48 + 1].flatMap(epoch =>
    ['', '/batches', '/payouts', '/flows'].map(list => get(`/v1/epochs/${epoch}${list}`)),
  )
  for (const { status, code } of await Promise.all(asked)) assert.equal([status, code], [404, 'not-yet'])
  assert.is((await get('/v1/epochs/0/flows')).code, 'not-found')
  assert.is((await get(`/v1/payouts?epoch=${newest + 1}`)).code, 'not-yet')
})

const cursors = ['x', 'W10', 'WzFd', 'bnVsbA', 'WyLEgCJd', `${'A'.repeat(513)}`, 'WzEuNV0', 'Wy0xXQ', 'eyJhIjoxfQ']
for (const cursor of cursors) {
  test(`a cursor that no list gave is refused: ${cursor.slice(0, 20)}`, async () => {
    for (const path of ['/v1/assets', '/v1/validators', `/v1/epochs/${newest}/batches`]) {
      const { status, code } = await get(`${path}?cursor=${cursor}`)
      assert.equal([status, code], [400, 'malformed'], path)
    }
  })
}

test('a light verifier gets over HTTP what a peer gets', async () => {
  const light = new LightSource(client)
  assert.equal(await light.genesis(), new Uint8Array(ledger.store.genesis()!))
  const epochs = [1, newest, newest + 1]
  const frames = await light.headers({ epochs, known: [] })
  assert.equal(frames, [...lightServing(ledger.store, prover).headers({ epochs, known: [] })])
  assert.is(frames.length, 2)
  const checkpoint = Cid.of(nativeCrypto, frames[1]!.checkpoint)
  const [named] = await light.headers({ checkpoint, known: [] })
  assert.equal(named!.checkpoint, frames[1]!.checkpoint)
  assert.is((await light.headers({ from: newest, to: 1 })).length, newest)
  const request = {
    epoch: newest,
    parts: [{ type: 'find', tree: { name: 'payouts' }, key: ledger.genesis.accounts[0]![0] }],
  } as const
  assert.equal(await light.ask(request as never), await prover.ask(request as never))
})

const wrongBlocks = [
  '',
  '?epochs=0',
  '?epochs=1,',
  '?epochs=1&checkpoint=bafy',
  '?from=1',
  '?from=1&to=2',
  '?epochs=1&known=x',
  '?to=1',
]
for (const query of wrongBlocks) {
  test(`light blocks refused: ${query}`, async () => {
    assert.equal((await get(`/v1/light/blocks${query}`)).code, 'malformed')
  })
}

test('what is no request for proofs is refused', async () => {
  const failure = await client.exchange('/v1/proof', Uint8Array.of(1, 2, 3)).catch(error => error)
  assert.ok(['malformed', 'encoding'].includes(failure.code), failure.code)
  assert.throws(() => decodeProofRequest(Uint8Array.of(1, 2, 3)))
})

async function take<T>(items: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = []
  for await (const item of items) if (taken.push(item) === count) break
  return taken
}

test('events tell what became final, and a stream is taken up after any of them', async () => {
  const types = 'records,payouts,checkpoints'
  const counts = { record: 0, payout: 0, checkpoint: 0 }
  const all = []
  for await (const event of client.events({ types, from: 1 })) {
    all.push(event)
    counts[event.event]++
    if (event.event === 'checkpoint' && event.data.epoch === newest) break
  }
  const records = ledger.results.reduce(
    (sum, { outcomes }) => sum + outcomes.reduce((n, { codes }) => n + codes.length, 0),
    0,
  )
  const payouts = ledger.results.reduce((sum, each) => sum + each.payouts.length, 0)
  assert.equal(counts, { record: records, payout: payouts, checkpoint: newest })
  for (const at of [0, 5, all.length >> 1, all.length - 2]) {
    const headers = { 'last-event-id': all[at]!.id }
    const answer = await fetch(`${api.url}/v1/events?types=${types}`, { headers })
    const text = new TextDecoder()
    let read = ''
    for await (const chunk of answer.body!) {
      read += text.decode(chunk, { stream: true })
      if (read.includes('event:') && read.includes('\n\n', read.indexOf('event:'))) break
    }
    assert.is(/^event: .*$/m.exec(read)?.[0], `event: ${all[at + 1]!.event}`)
    assert.is(/^id: (.*)\nevent:/m.exec(read)?.[1], all[at + 1]!.id)
  }
})

test('events are filtered by account and by author', async () => {
  const paid = ledger.results.at(-1)!.payouts[0]!
  const account = accountKeyText(paid.account)
  const [payout] = await take(client.events({ types: 'payouts', account, from: newest }), 1)
  assert.equal(payout?.event === 'payout' && [payout.data.account, payout.data.amount], [account, paid.amount])
  const { author } = (await client.get('/v1/epochs/{epoch}/batches', { epoch: 1 })).items[0]!
  for (const event of await take(client.events({ types: 'records', author, from: 1 }), 2))
    assert.is(event.event === 'record' && event.data.author, author)
})

test('without a place to begin, events begin with the next epoch', async () => {
  head.advance(newest - 1)
  await until('no other stream is open', () => head.waiting === 0)
  const next = take(client.events(), 1)
  await until('the stream waits', () => head.waiting > 0)
  head.advance(newest)
  const [event] = await next
  assert.equal(event?.event === 'checkpoint' && event.data.epoch, newest)
})

test('wrong events are refused with a status, not in the stream', async () => {
  for (const query of ['?types=all', '?types=', '?account=x', '?from=-1'])
    assert.is((await get(`/v1/events${query}`)).code, 'malformed', query)
  const answer = await fetch(`${api.url}/v1/events`, { headers: { 'last-event-id': 'x' } })
  assert.is(answer.status, 400)
})

test('streams of one address are bounded, and a place is free again when one ends', async () => {
  const open: Socket[] = []
  const { hostname, port } = new URL(api.url!)
  const stream = () =>
    new Promise<string>(resolve => {
      const socket = connect(Number(port), hostname, () => socket.write('GET /v1/events HTTP/1.1\r\nhost: x\r\n\r\n'))
      socket.once('data', chunk => resolve(chunk.toString().split('\r\n')[0]!))
      open.push(socket)
    })
  const first = await Promise.all(Array.from({ length: 16 }, stream))
  assert.equal(new Set(first), new Set(['HTTP/1.1 200 OK']))
  assert.is(await stream(), 'HTTP/1.1 503 Service Unavailable')
  for (const socket of open) socket.destroy()
  let again = ''
  for (let tries = 0; tries < 100 && !again.includes('200'); tries++) again = await stream()
  assert.match(again, /200 OK/)
  for (const socket of open) socket.destroy()
})

test('the example of the documentation runs', async () => {
  const folder = tempFolder()
  writeFileSync(join(folder, 'client.mjs'), (await bundleForBrowsers(clientEntry)).code)
  const page = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8')
  const example = /^```js\n(.*?)^```/ms.exec(page)![1]!
  assert.match(example, /'openledger-node\/client'/)
  const here = example.replace('openledger-node/client', './client.mjs').replace('http://127.0.0.1:8650', api.url!)
  writeFileSync(join(folder, 'example.mjs'), here)
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'example.mjs')])
  assert.match(stdout, new RegExp(`^epoch ${newest}: .* inferences in the newest\n`))
  assert.is(
    stdout.match(/ earned \d+\n/g)!.length,
    ledger.results.reduce((sum, each) => sum + each.payouts.length, 0),
  )
})
