import * as assert from 'uvu/assert'
import { encode } from '../../../consensus/cbor/encode.ts'
import { Cid } from '../../../consensus/cid.ts'
import type { Api } from '../../../src/api/server.ts'
import { ApiClient } from '../../../src/client/index.ts'
import { type Check, FailedCheck } from '../../../src/explorer/verify/check.ts'
import { type Verified, verifyAccount } from '../../../src/explorer/verify/verify-account.ts'
import { LiveHead } from '../../../src/node/live-head.ts'
import { LiveView } from '../../../src/node/live-view.ts'
import type { Node } from '../../../src/node/node.ts'
import { LedgerView } from '../../../src/query/ledger-view.ts'
import { StoredPages } from '../../../src/query/stored-pages.ts'
import { JoinedLate } from '../../fixtures/joined-late.ts'
import { accountOf } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'
import { openApi } from '../api/open-api.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('explorer/verify-account')
const joined = new JoinedLate()
const { kept } = JoinedLate
const { nodes } = joined
let apis: Api[]
/** By the URL of the node that shows everything, and of the one that joined by a snapshot. */
let fullUrl: string
let lateUrl: string

async function serve(node: Node): Promise<Api> {
  const head = new LiveHead(node.ledger)
  const view = new LiveView({
    node,
    head,
    ledger: new LedgerView(node.store),
    clocks: { differenceMs: null },
    version: '0',
  })
  const pages = new StoredPages(node.store)
  return await openApi({
    view,
    head,
    pages,
    light: node.light,
    data: tempFolder(),
    tcp: { host: '127.0.0.1', port: 0 },
  })
}

test.before(async () => {
  await joined.start()
  apis = [await serve(joined.full), await serve(joined.late)]
  ;[fullUrl, lateUrl] = apis.map(({ url }) => url!) as [string, string]
})

test.after(async () => {
  await Promise.all(apis.map(api => api.stop()))
  await joined.stop()
})

interface Outcome {
  readonly checks: readonly Check[]
  readonly verified?: Verified
  readonly isWrong?: boolean
}

/** What a node answers instead of the body; 'nothing' for a refusal. */
type Lie = (path: string, body: Buffer) => Buffer | 'nothing'

/** What a page comes to. */
async function verify(url: string, options: { account?: string; trust?: Cid; lie?: Lie } = {}): Promise<Outcome> {
  const { account = 'ana', trust = nodes.chain, lie = (_, body) => body } = options
  const lying = async (asked: string, init: RequestInit): Promise<Response> => {
    const answer = await fetch(asked, init)
    const told = lie(asked.slice(url.length), Buffer.from(await answer.arrayBuffer()))
    if (told === 'nothing') return new Response(busy, { status: 503 })
    return new Response(new Uint8Array(told), { status: answer.status })
  }
  let checks: readonly Check[] = []
  try {
    const verified = await verifyAccount({
      ...{ account: accountOf(account), trust, epochs: 100, deep: 3, nowMs: Date.now() },
      api: new ApiClient(url, { fetch: lying }),
      signal: new AbortController().signal,
      watch(all) {
        checks = all
      },
    })
    return { verified, checks }
  } catch (error) {
    if (!(error instanceof FailedCheck)) throw error
    return { checks, isWrong: error.isWrong }
  }
}

const busy = '{"ok":false,"error":{"code":"busy","message":"later"}}'

test('a node that has everything proves everything', async () => {
  const { verified, checks } = await verify(fullUrl)
  assert.equal(new Set(checks.map(({ state }) => state)), new Set(['passed']), JSON.stringify(checks))
  const { payouts, before, shownFrom, credit } = verified!
  assert.equal([payouts.length, before, shownFrom], [3, 0, undefined])
  assert.is(
    payouts.reduce((sum, { payout }) => sum + payout.amount, 0),
    credit,
  )
  assert.ok(payouts.every(({ root }) => root !== undefined))
})

test('a node that joined by a snapshot proves what it has, and what it has not is no fault', async () => {
  const { verified, checks } = await verify(lateUrl)
  assert.equal(new Set(checks.map(({ state }) => state)), new Set(['passed']), JSON.stringify(checks))
  const all = await verify(fullUrl)
  const { payouts, before, shownFrom, credit } = verified!
  assert.is(credit, all.verified!.credit)
  assert.is(shownFrom, kept)
  assert.equal(
    payouts.map(({ epoch }) => epoch),
    all.verified!.payouts.slice(0, 2).map(({ epoch }) => epoch),
  )
  assert.is(before, all.verified!.payouts[2]!.payout.amount)
  // The session of the older one was opened before the node joined.
  assert.equal(
    payouts.map(({ root }) => root !== undefined),
    [true, false],
  )
  assert.match(checks[3]!.detail, /which this node doesn’t show/)
  assert.match(checks[4]!.detail, /^1 payout walked.*Of 1 the whole way couldn’t be walked/)
  assert.match(checks[5]!.detail, /2 payouts compared\. Of those of earlier epochs there is only its word/)
})

test('who hides old epochs and tells of payouts in them is found out', async () => {
  const { checks, isWrong } = await verify(fullUrl, {
    lie: (path, body) => (path.startsWith('/v1/light/blocks?from=') ? Buffer.from(encode([])) : body),
  })
  assert.equal([checks.at(-1)!.state, isWrong], ['failed', true])
  assert.match(checks.at(-1)!.detail, /told is a payout of epoch \d+, of which nothing was proved/)
})

test('a payout before the first one is made up, and so is any of an account without credit', async () => {
  const payout = (epoch: number) => ({ epoch, account: 'did:key:z', amount: 5, credit: 5, lines: [], omitted: 0 })
  const lie: Lie = (path, body) => {
    if (!path.includes('/payouts')) return body
    const answer = JSON.parse(body.toString())
    answer.data.items.push(payout(1))
    return Buffer.from(JSON.stringify(answer))
  }
  for (const account of ['ana', 'nobody']) {
    const { checks, isWrong } = await verify(fullUrl, { account, lie })
    assert.equal([checks.at(-1)!.state, isWrong], ['failed', true], account)
    assert.match(checks.at(-1)!.detail, /the payout of epoch 1: proved are 0 OPEN/)
  }
})

test('what is shown and false is called so: a genesis, a block, a proof', async () => {
  for (const prefix of ['/v1/genesis', '/v1/light/blocks?epochs', '/v1/light/blocks?from', '/v1/proof']) {
    for (const part of [0.2, 0.5, 0.9]) {
      const lie: Lie = (path, body) => {
        if (path.startsWith(prefix)) body[Math.floor(part * body.length)]! ^= 1
        return body
      }
      const { checks, isWrong } = await verify(fullUrl, { lie })
      assert.equal([checks.at(-1)!.state, isWrong], ['failed', true], `${prefix} ${part}: ${checks.at(-1)!.detail}`)
    }
  }
})

test('what is not shown at all leaves the check unproved, and nobody a liar', async () => {
  for (const prefix of ['/v1/status', '/v1/genesis', '/v1/light/blocks', '/v1/proof', '/v1/accounts/']) {
    const lie: Lie = (path, body) => (path.startsWith(prefix) ? 'nothing' : body)
    const { checks, isWrong } = await verify(fullUrl, { lie })
    assert.equal([checks.at(-1)!.state, isWrong], ['unproved', false], prefix)
  }
})

test('a checkpoint of before the node joined is unknown to it, which is no lie', async () => {
  const { cid } = await new ApiClient(fullUrl).get('/v1/epochs/{epoch}', { epoch: 2 })
  const trust = Cid.fromText(cid)
  assert.is((await verify(fullUrl, { trust })).verified?.before, 0)
  const { checks, isWrong } = await verify(lateUrl, { trust })
  assert.equal([checks.length, checks[0]!.state, isWrong], [1, 'unproved', false])
  assert.match(checks[0]!.detail, /doesn’t show checkpoint/)
})
