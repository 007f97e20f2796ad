import * as assert from 'uvu/assert'
import { equalBytes } from '../../../consensus/bytes.ts'
import { Cid } from '../../../consensus/cid.ts'
import type { Network } from '../../../network/network.ts'
import type { JoinStep } from '../../../src/join/join-step.ts'
import type { Node } from '../../../src/node/node.ts'
import { LedgerView } from '../../../src/query/ledger-view.ts'
import { guardWaiting } from '../../../src/store/guard.ts'
import { verifyStore } from '../../../src/verify/verify.ts'
import { type Author, Nodes } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'
import { handlers, start, stopAll } from '../../network/net.ts'

const test = suite('join')
const every = { node: { snapshotEvery: 4 } }

test('a new node joins by the newest snapshot of its peers, keeps what comes after, and is as sound as they are', async () => {
  const nodes = new Nodes({ validators: 1 })
  const first = await nodes.start('val0', every)
  const author = nodes.author('ana')
  await nodes.makeEpochs(9, author, first, [first])
  await nodes.until('a snapshot', () => first.store.snapshots.get(8, 0) !== undefined)
  const steps: JoinStep[] = []
  const late = await nodes.start('late', { node: { ...every.node, onJoin: step => steps.push(step) } })
  assert.equal(steps[0], { step: 'asking' })
  const last = steps.at(-1)!
  assert.ok(last.step === 'fetching' && last.epoch === 8 && last.share === 1, JSON.stringify(last))
  assert.is(late.store.first(), 9)
  await nodes.makeEpochs(3, author, first, [first, late])
  assert.equal(late.store.epochs.get(12)!.checkpoint, first.store.epochs.get(12)!.checkpoint)
  assert.is(late.ledger.account(author.account).seq, 12)
  assert.is(late.store.epochs.get(7), undefined)
  await saysWhatItHas(late, author)
  // And it serves who comes next.
  await nodes.until('snapshots of both', () => [first, late].every(({ store }) => store.snapshots.get(12, 0)))
  assert.equal(late.store.snapshots.get(12, 0), first.store.snapshots.get(12, 0))
  assert.equal(late.store.snapshots.get(12, 1), first.store.snapshots.get(12, 1))
  await nodes.stopAll()
  const report = await verifyStore(nodes.dir('late'))
  assert.equal(report.findings, [])
  assert.is(report.first, 8)
  assert.equal(nodes.errors, [])
})

/** Of what was before it, nothing is made up, and nothing breaks. */
async function saysWhatItHas(late: Node, author: Author): Promise<void> {
  const view = new LedgerView(late.store)
  const code = (run: Promise<unknown>): Promise<string> =>
    run.then(
      () => 'none',
      (error: { code: string }) => error.code,
    )
  for (const epoch of [1, 8]) {
    assert.is(await code(view.payouts(epoch)), 'not-kept')
    assert.is(await code(view.epoch(epoch)), 'not-kept')
    assert.is(await code(view.export('records', { from: epoch }).next()), 'not-kept')
    assert.is(await code(view.car({ from: epoch }).next()), 'not-kept')
  }
  assert.is((await view.payouts(9)).epoch, 9)
  // The batch before the first that is kept isn't there.
  const { batches } = (await view.epoch(9))!
  assert.equal(
    batches.map(({ seq }) => seq),
    [9],
  )
  const records: unknown[] = []
  for await (const line of view.export('records')) records.push(line.epoch)
  assert.equal(records, [9, 10, 11, 12])
  const epochs: unknown[] = []
  for await (const line of view.export('checkpoints')) epochs.push(line.epoch)
  assert.is(epochs[0], 9)
  assert.ok((await view.payouts()).accounts.length > 0)
  const explained = await view.explain({ type: 'account', account: author.account })
  assert.is(explained?.from, 9)
  assert.is(await code(view.record(late.chain, 0)), 'not-found')
  assert.is(await code(view.explain({ type: 'record', batch: late.chain, index: 0 })), 'not-found')
}

/** It says that it is far, and shows nothing of it. */
function boasterOf({ chain }: Nodes): Promise<Network> {
  const boast = { epoch: 10 ** 12, checkpoint: Cid.fromDigest(new Uint8Array(32)) }
  return start({
    chain,
    handlers: {
      ...handlers(),
      status: () => ({ ...boast, chain, role: 'full', agent: 'test' }),
      snapshots: () => [{ ...boast, cells: 1, bytes: 1 }],
    },
  })
}

test('T7: a validator of the genesis that is told of epochs and shown none begins, and waits before it votes', async () => {
  for (const [name, isTold] of [
    ['told', true],
    ['alone', false],
  ] as const) {
    const nodes = new Nodes({ validators: 2 })
    const bootstrap = isTold ? [(await boasterOf(nodes)).addrs()[0]!] : []
    const node = await nodes.start(name, { voteAs: 'val0', node: { bootstrap } })
    assert.is(node.ledger.head.epoch, 0)
    assert.is(equalBytes(node.store.guard.get()!, guardWaiting), isTold)
    await nodes.stopAll()
  }
  await stopAll()
})

test('who offers a snapshot that it does not show keeps nobody from the others', async () => {
  const nodes = new Nodes({ validators: 1 })
  const first = await nodes.start('val0', every)
  await nodes.makeEpochs(9, nodes.author('ana'), first, [first])
  await nodes.until('a snapshot', () => first.store.snapshots.get(8, 0) !== undefined)
  const boaster = await boasterOf(nodes)
  const steps: JoinStep[] = []
  const bootstrap = [boaster, first.network].map(network => network.addrs()[0]!)
  const onJoin = (step: JoinStep) => void steps.push(step)
  const late = await nodes.start('late', { node: { ...every.node, bootstrap, onJoin } })
  assert.is(late.store.first(), 9)
  assert.equal(
    steps.filter(({ step }) => step === 'no-peer'),
    [],
    'at the first attempt',
  )
  await nodes.stopAll()
  await stopAll()
})

test('where nobody has a snapshot yet, or it is not wanted, all epochs are executed', async () => {
  const nodes = new Nodes({ validators: 1 })
  const first = await nodes.start('val0', every)
  await nodes.makeEpochs(3, nodes.author('ana'), first, [first])
  const early = await nodes.start('early', every)
  assert.is(early.store.first(), 1)
  await nodes.makeEpochs(4, nodes.author('bo'), first, [first, early])
  await nodes.until('a snapshot', () => first.store.snapshots.get(4, 0) !== undefined)
  const full = await nodes.start('full', { node: { snapshotEvery: 4, sync: 'full' } })
  await nodes.reach(7, [full])
  assert.is(full.store.first(), 1)
  assert.ok(full.store.epochs.get(1))
  await nodes.stopAll()
})

test('a node that is given nothing but a checkpoint learns the rest of the ledger from its peers', async () => {
  const nodes = new Nodes({ validators: 1 })
  const first = await nodes.start('val0', every)
  await nodes.makeEpochs(9, nodes.author('ana'), first, [first])
  await nodes.until('a snapshot', () => first.store.snapshots.get(8, 0) !== undefined)
  for (const [name, epoch] of [
    ['before', 2],
    ['after', 9],
  ] as const) {
    const trust = Cid.of(first.ledger.crypto, first.store.epochs.get(epoch)!.checkpoint)
    const joined = await nodes.start(name, { withoutGenesis: true, node: { snapshotEvery: 4, trust } })
    assert.is(joined.store.first(), 9)
    assert.equal(joined.store.genesis(), nodes.genesis)
    await nodes.reach(9, [joined])
  }
  await nodes.stopAll()
})
