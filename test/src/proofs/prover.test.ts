import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { decode } from '../../../consensus/cbor/decode.ts'
import type { Value } from '../../../consensus/cbor/value.ts'
import { accountCellKey } from '../../../consensus/ledger/cells/account.ts'
import { answerBytesMax } from '../../../consensus/light/proof/limits.ts'
import type { ProofPart } from '../../../consensus/light/proof/request.ts'
import { type RefKey, refKey } from '../../../consensus/ref.ts'
import { Prover } from '../../../src/proofs/prover.ts'
import { Recent } from '../../../src/proofs/recent.ts'
import { actorAccount } from '../../fixtures/ledger-driver.ts'
import { buildSmallLedger, type SmallLedger } from '../../fixtures/small-ledger.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('proofs/prover')

let ledger: SmallLedger
let prover: Prover

test.before(async () => {
  ledger = await buildSmallLedger(tempFolder())
  prover = new Prover(ledger.driver.store)
})

test.after(async () => {
  await prover.close()
  await ledger.driver.close()
})

async function answersTo(parts: ProofPart[], epoch = 6): Promise<readonly Value[]> {
  return decode(await prover.ask({ epoch, parts })) as readonly Value[]
}

test('what it doesn’t have is null, and the rest of the request is answered', async () => {
  const tree = { name: 'payouts' } as const
  const none = { kind: 'asset', key: 'x'.repeat(34) } as const
  const answers = await answersTo([
    { type: 'state', key: accountCellKey(actorAccount('cy')) },
    { type: 'leaf', tree, index: 1_000 },
    { type: 'page', tree: { name: 'inbound', flow: none }, from: 0, max: 1 },
    { type: 'find', tree: { name: 'lines', account: 'n'.repeat(32) }, key: 'x' },
    { type: 'records', batch: ledger.refs.first[0], indices: [0, 1_023] },
    { type: 'voucher', session: refKey(...ledger.refs.main), atLeast: 1_000_000_000, by: ledger.refs.first[0] },
    { type: 'attribution', model: refKey(...ledger.refs.helper) },
    { type: 'block', cid: ledger.driver.chain },
    { type: 'find', tree, key: actorAccount('cy') },
  ])
  assert.equal(
    answers.map(answer => answer === null),
    [true, true, true, true, true, true, true, true, false],
  )
})

test('an epoch that isn’t final has nothing', async () => {
  assert.equal(await answersTo([{ type: 'page', tree: { name: 'payouts' }, from: 0, max: 9 }], 77), [null])
})

test('an answer ends where the next part would be too much', async () => {
  const { first } = ledger.refs
  const part: ProofPart = { type: 'records', batch: first[0], indices: [0, 1, 2, 3, 4, 5, 6, 7, 8] }
  const bytes = await prover.ask({ epoch: 6, parts: Array(2_000).fill(part) })
  assert.ok(bytes.length <= answerBytesMax)
  const answered = (decode(bytes) as readonly Value[]).length
  assert.ok(answered >= 1 && answered < 2_000, `${answered}`)
})

test('a page has at most what was asked for, from where it was asked', async () => {
  const tree = { name: 'payouts' } as const
  const [all] = (await answersTo([{ type: 'page', tree, from: 0, max: 4_096 }])) as [[number, Value[]]]
  const [part] = (await answersTo([{ type: 'page', tree, from: 2, max: 3 }])) as [[number, Value[]]]
  assert.equal(part, [all[0], all[1].slice(2, 5)])
  const [beyond] = (await answersTo([{ type: 'page', tree, from: 1_000, max: 3 }])) as [[number, Value[]]]
  assert.equal(beyond, [all[0], []])
})

test('who goes away isn’t worked for', async () => {
  const gone = AbortSignal.abort(new Error('gone'))
  try {
    await prover.ask({ epoch: 6, parts: [{ type: 'page', tree: { name: 'payouts' }, from: 0, max: 1 }] }, gone)
    assert.unreachable('answered')
  } catch (error) {
    assert.is((error as Error).message, 'gone')
  }
})

/** The flows of the ledger are held back until the function that it returns is called; `read` tells how often they were asked for. */
function holdFlows() {
  const { flows } = ledger.driver.store
  const { promise, resolve: release } = Promise.withResolvers<void>()
  const held = { read: 0, release }
  const all = flows.all.bind(flows)
  flows.all = async function* (epoch) {
    held.read++
    await promise
    yield* all(epoch)
  }
  return { held, restore: () => Object.assign(flows, { all }) }
}

test('whole epochs are read one after the other, and none for who is gone when the turn comes', async () => {
  const { held, restore } = holdFlows()
  try {
    const fresh = new Prover(ledger.driver.store)
    const parts: ProofPart[] = [{ type: 'page', tree: { name: 'flows' }, from: 0, max: 1 }]
    const first = fresh.ask({ epoch: 5, parts })
    const leaving = new AbortController()
    const gone = [6, 7, 8, 6].map(epoch =>
      fresh.ask({ epoch, parts }, leaving.signal).catch((error: Error) => error.message),
    )
    const staying = fresh.ask({ epoch: 6, parts }, new AbortController().signal)
    await sleep(0)
    leaving.abort(new Error('gone'))
    assert.equal(await Promise.all(gone), ['gone', 'gone', 'gone', 'gone'])
    assert.is(held.read, 1)
    held.release()
    const [answer] = decode(await staying) as readonly Value[]
    assert.is.not(answer, null)
    await first
    assert.is(held.read, 2)
    await fresh.close()
  } finally {
    restore()
  }
})

test('a voucher is looked for in its turn, and only for a session that is there', async () => {
  const { held, restore } = holdFlows()
  try {
    const fresh = new Prover(ledger.driver.store)
    const ask = (parts: ProofPart[]) => fresh.ask({ epoch: 6, parts })
    const voucher = (session: RefKey): ProofPart => ({ type: 'voucher', session, atLeast: 1, by: ledger.refs.first[0] })
    const flows = ask([{ type: 'page', tree: { name: 'flows' }, from: 0, max: 1 }])
    const madeUp = [refKey(ledger.refs.main[0], 1_000), refKey(...ledger.refs.first), 'x'.repeat(34) as RefKey]
    for (const session of madeUp) assert.equal(decode(await ask([voucher(session)])), [null])
    let isFound = false
    const found = ask([voucher(refKey(...ledger.refs.main))]).then(answer => {
      isFound = true
      return answer
    })
    for (let i = 0; i < 20; i++) await sleep(0)
    assert.not.ok(isFound)
    held.release()
    assert.not.equal(decode(await found), [null])
    await flows
    await fresh.close()
  } finally {
    restore()
  }
})

test('what was used last is kept, up to a weight', () => {
  const recent = new Recent<number>(10, weight => weight)
  recent.set('a', 4)
  recent.set('b', 4)
  assert.is(recent.get('a'), 4)
  recent.set('c', 4)
  assert.equal([recent.get('a'), recent.get('b'), recent.get('c')], [4, undefined, 4])
  recent.set('huge', 50)
  assert.equal([recent.get('a'), recent.get('c'), recent.get('huge')], [undefined, undefined, 50])
})
