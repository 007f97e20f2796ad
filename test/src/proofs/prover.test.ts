import * as assert from 'uvu/assert'
import { decode } from '../../../consensus/cbor/decode.ts'
import type { Value } from '../../../consensus/cbor/value.ts'
import { accountCellKey } from '../../../consensus/ledger/cells/account.ts'
import { answerBytesMax } from '../../../consensus/light/proof/limits.ts'
import type { ProofPart } from '../../../consensus/light/proof/request.ts'
import { refKey } from '../../../consensus/ref.ts'
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
