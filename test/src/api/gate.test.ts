import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { Allowances, networkOf } from '../../../src/api/allowance.ts'
import { allowance } from '../../../src/api/limits.ts'
import { Places } from '../../../src/api/places.ts'
import type { Api } from '../../../src/api/server.ts'
import { apiToken, bears, readToken } from '../../../src/api/token.ts'
import { ApiClient } from '../../../src/client/index.ts'
import { suite } from '../../harness.ts'
import { genesisOf, MemoryLedger } from '../memory-ledger.ts'
import { MemoryNode } from '../memory-node.ts'
import { tempFolder } from '../temp-folder.ts'
import { memoryApi } from './memory-api.ts'
import { openApi } from './open-api.ts'

const test = suite('api gate')

const data = tempFolder()
const node = new MemoryNode(new MemoryLedger(genesisOf(new Map())))
let api: Api

test.before(async () => {
  const metrics = async () => 'up 1\n'
  const page = { html: '<!doctype html>', headers: { 'content-security-policy': "default-src 'none'" } }
  api = await openApi({ ...memoryApi(node), data, tcp: { host: '127.0.0.1', port: 0 }, metrics, page })
})

test.after(() => api.stop())

const cbor = { 'content-type': 'application/cbor' }

async function submit(headers: Record<string, string>) {
  const answer = await fetch(`${api.url}/v1/submit`, { method: 'POST', body: 'x', headers: { ...cbor, ...headers } })
  const { error } = (await answer.json()) as { error: { code: string; next?: string } }
  return { status: answer.status, headers: answer.headers, ...error }
}

test('writing over TCP needs the token of the data folder, which is for its owner alone', async () => {
  const file = join(data, 'api-token')
  assert.is(statSync(file).mode & 0o777, 0o600)
  assert.is(readFileSync(file, 'utf8'), `${api.token}\n`)
  const none = await submit({})
  assert.equal([none.status, none.code, none.headers.get('www-authenticate')], [401, 'unauthorized', 'Bearer'])
  assert.match(none.next!, /api-token/)
  for (const wrong of ['Bearer', 'Bearer x', `Basic ${api.token}`, `Bearer ${api.token}x`, 'Bearer  ', api.token])
    assert.is((await submit({ authorization: wrong })).status, 401, wrong)
  assert.is((await submit({ authorization: `Bearer ${api.token}` })).code, 'encoding')
  assert.is((await submit({ authorization: `bearer ${api.token}` })).code, 'encoding')
})

test('a wrong token is told even where none is needed', async () => {
  const failure = await new ApiClient(api.url!, { token: 'x' }).get('/v1/status').catch(error => error)
  assert.is(failure.code, 'unauthorized')
})

test('the token stays the same over restarts; one that is none is said, and left alone', async () => {
  const folder = tempFolder()
  const token = await apiToken(folder)
  chmodSync(join(folder, 'api-token'), 0o644)
  assert.is(await apiToken(folder), token)
  assert.is(statSync(join(folder, 'api-token')).mode & 0o777, 0o600)
  writeFileSync(join(folder, 'api-token'), 'swordfish\n')
  const failure = await apiToken(folder).catch(error => error)
  assert.is(failure.code, 'api-token')
  assert.not.match(failure.message, /swordfish/)
  assert.is((await readToken(join(folder, 'nothing')).catch(error => error)).code, 'api-token')
  assert.not.ok(bears('', token))
})

test('pages of any origin may read and ask for proofs; none may write or see what is measured', async () => {
  const origin = { origin: 'null' }
  const allowed = async (path: string, init: RequestInit = {}) =>
    (await fetch(api.url + path, { headers: origin, ...init })).headers.get('access-control-allow-origin')
  assert.is(await allowed('/v1/status'), '*')
  assert.is(await allowed('/v1/accounts/x'), '*')
  assert.is(await allowed('/v1/proof', { method: 'POST', body: 'x', headers: { ...origin, ...cbor } }), '*')
  assert.is(await allowed('/v1/submit', { method: 'POST', body: 'x', headers: { ...origin, ...cbor } }), null)
  assert.is(await allowed('/metrics'), null)
  const preflight = async (path: string, method: string) => {
    const headers = {
      ...origin,
      'access-control-request-method': method,
      'access-control-request-headers': 'content-type',
    }
    const answer = await fetch(api.url + path, { method: 'OPTIONS', headers })
    return [answer.status, answer.headers.get('access-control-allow-methods')]
  }
  assert.equal(await preflight('/v1/proof', 'POST'), [204, 'POST'])
  assert.equal(await preflight('/v1/epochs/1', 'GET'), [204, 'GET'])
  assert.equal(await preflight('/v1/submit', 'POST'), [405, null])
  assert.equal(await preflight('/nothing', 'GET'), [404, null])
})

test('a method that a path has not is refused with those that it has', async () => {
  for (const method of ['HEAD', 'PUT', 'DELETE', 'PATCH', 'POST']) {
    const answer = await fetch(`${api.url}/v1/status`, { method })
    assert.equal([answer.status, answer.headers.get('allow')], [405, 'GET'], method)
  }
})

test('what is measured and the page have their place', async () => {
  const metrics = await fetch(`${api.url}/metrics`)
  assert.equal(
    [await metrics.text(), metrics.headers.get('content-type')],
    ['up 1\n', 'text/plain; version=0.0.4; charset=utf-8'],
  )
  const page = await fetch(`${api.url}/`)
  assert.equal([await page.text(), page.headers.get('content-type')], ['<!doctype html>', 'text/html; charset=utf-8'])
  assert.is(page.headers.get('content-security-policy'), "default-src 'none'")
})

test('the document of the API is served as it is', async () => {
  const document = (await (await fetch(`${api.url}/v1/openapi.json`)).json()) as { openapi: string; paths: object }
  assert.match(document.openapi, /^3\.1/)
  assert.ok('/v1/openapi.json' in document.paths && '/v1/halt' in document.paths)
})

test('an address that asks too much is told when to come back; who shows the token is not', async () => {
  const own = await openApi({ ...memoryApi(node), data: tempFolder(), tcp: { host: '127.0.0.1', port: 0 } })
  const path = `${own.url}/v1/export/records?from=9&to=1`
  let refused: Response | undefined
  for (let asked = 0; asked < 100 && refused === undefined; asked++) {
    const answer = await fetch(path)
    if (answer.status === 429) refused = answer
    else await answer.text()
  }
  assert.ok(refused, 'no limit was met')
  assert.ok(Number(refused.headers.get('retry-after')) >= 1)
  assert.is(((await refused.json()) as { error: { code: string } }).error.code, 'rate')
  const trusted = await fetch(path, { headers: { authorization: `Bearer ${own.token}` } })
  assert.is(trusted.status, 200)
  await trusted.text()
  assert.is((await fetch(`${own.url}/health/live`)).status, 200, 'health is free')
  await own.stop()
})

test('an allowance fills up again, each address has its own, and they are bounded', () => {
  const { burst, perSecond, addressesMax } = allowance
  const all = new Allowances(allowance)
  assert.is(all.take('192.0.2.1', burst, 0), 0)
  assert.is(all.take('192.0.2.1', 1, 0), Math.ceil(1000 / perSecond))
  assert.is(all.take('192.0.2.2', 1, 0), 0)
  assert.is(all.take('192.0.2.1', perSecond, 1000), 0)
  assert.ok(all.take('192.0.2.1', 1, 1000) > 0)
  const few = new Allowances({ ...allowance, addressesMax: 2 })
  for (let i = 0; i < addressesMax; i++) assert.is(few.take(`10.0.${i >> 8}.${i & 255}`, burst, 0), 0)
})

test('who has an IPv6 network is one address', () => {
  assert.is(networkOf('2001:db8:1:2:3::4'), networkOf('2001:db8:1:2::9'))
  assert.is.not(networkOf('2001:db8:1:2::9'), networkOf('2001:db8:1:3::9'))
  assert.is(networkOf('::ffff:192.0.2.7'), '192.0.2.7')
  assert.is(networkOf('fe80::1%eth0'), 'fe80:0:0:0')
  assert.is(networkOf('::1'), '0:0:0:0')
  assert.is(networkOf('192.0.2.7'), '192.0.2.7')
})

test('places are bounded in all and for each address, and come back', () => {
  const places = new Places({ what: 'seats', max: 3, perAddressMax: 2 })
  const leave = places.take('192.0.2.1')
  places.take('192.0.2.1')
  assert.throws(() => places.take('192.0.2.1'), /seats: 2 at once are all that one address may have/)
  places.take('192.0.2.2')
  assert.throws(() => places.take(undefined), /seats: 3 at once are all that this node takes/)
  leave()
  leave()
  places.take('192.0.2.1')
  assert.throws(() => places.take(undefined), /seats/)
})
