import * as assert from 'uvu/assert'
import { type CommittedTree, keyOf } from '../../../consensus/light/proof/committed-tree.ts'
import { refKey } from '../../../consensus/ref.ts'
import { EpochTrees } from '../../../src/proofs/epoch-trees.ts'
import { OneByOne } from '../../../src/proofs/one-by-one.ts'
import { actorAccount } from '../../fixtures/ledger-driver.ts'
import { buildSmallLedger, type SmallLedger } from '../../fixtures/small-ledger.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('proofs/epoch-trees')

let ledger: SmallLedger

test.before(async () => {
  ledger = await buildSmallLedger(tempFolder())
})

test.after(() => ledger.driver.close())

const trees = () => new EpochTrees(ledger.driver.store, 6, new OneByOne())
const nameless = (i: number) => String.fromCharCode(i).repeat(32)

/** Of a tree all that anybody can ask for. */
async function askAll(of: EpochTrees, tree: CommittedTree): Promise<void> {
  await of.levels(tree)
  await of.leaves(tree)
  await of.position(tree, keyOf(tree)!, 'x')
}

test('trees that aren’t there leave nothing behind, however many are asked for', async () => {
  const kept = trees()
  const flow = { kind: 'model', key: refKey(...ledger.refs.helper) } as const
  const missing = (i: number): CommittedTree[] => [
    { name: 'lines', account: nameless(i) },
    { name: 'payees', flow: { kind: 'asset', key: `xx${nameless(i)}` } },
    { name: 'fee-records', flow, payee: nameless(i) },
    { name: 'use-records', flow, to: `xx${nameless(i)}` },
  ]
  assert.ok(((await kept.leaves({ name: 'payees', flow })) ?? []).length > 0, 'the flow is there')
  for (const tree of missing(0)) await askAll(kept, tree)
  const before = kept.bytes
  for (let i = 1; i < 100; i++) for (const tree of missing(i)) await askAll(kept, tree)
  assert.is(kept.bytes, before)
})

test('all that is kept has a weight: trees, what they are made from, and an epoch of which nothing is known', async () => {
  const kept = trees()
  assert.ok(kept.bytes > 0)
  let before = kept.bytes
  const grows = async (what: string, asked: Promise<unknown>) => {
    await asked
    assert.ok(kept.bytes > before, what)
    before = kept.bytes
  }
  await grows('paid records', kept.paid())
  await grows('leaves', kept.leaves({ name: 'payouts' }))
  await grows('levels', kept.levels({ name: 'payouts' }))
  await grows('lines', kept.levels({ name: 'lines', account: actorAccount('eve') }))
  await kept.levels({ name: 'payouts' })
  assert.is(kept.bytes, before, 'the same again is no more')
})
