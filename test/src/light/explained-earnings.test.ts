import * as assert from 'uvu/assert'
import type { AccountKey } from '../../../consensus/account.ts'
import { walkBoundsDefault } from '../../../consensus/light/proof/limits.ts'
import { ProvedBooks } from '../../../consensus/light/proof/proved-books.ts'
import type { ProvedNode } from '../../../consensus/light/proof/proved-node.ts'
import { ProofReader } from '../../../consensus/light/proof/reader.ts'
import { walkPayout } from '../../../consensus/light/proof/walk.ts'
import type { ExplanationNode } from '../../../src/api/node-view.ts'
import type { EarnedEpoch, Earnings } from '../../../src/light/earnings.ts'
import { explainEarnings } from '../../../src/light/explained-earnings.ts'
import type { Prover } from '../../../src/proofs/prover.ts'
import { explain } from '../../../src/query/explain/explain.ts'
import { buildProvedLedger } from '../../fixtures/proved-ledger.ts'
import { nodesOf, trustedEpoch } from '../../fixtures/proving.ts'
import type { SmallLedger } from '../../fixtures/small-ledger.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('light/explained-earnings')

let ledger: SmallLedger
let prover: Prover

test.before(async () => {
  const built = await buildProvedLedger(tempFolder())
  ledger = built.ledger
  prover = built.prover
})
test.after(async () => {
  await prover.close()
  await ledger.driver.close()
})

/** What a light node proves, the newest first. */
async function earningsOf(account: AccountKey, billsMax: number, isDeep = true): Promise<Earnings> {
  const epochs: EarnedEpoch[] = []
  for (let epoch = ledger.driver.epoch; epoch > 0; epoch--) {
    const trusted = trustedEpoch(ledger.driver.store, epoch)
    const reader = new ProofReader(prover, walkBoundsDefault)
    const walked = await walkPayout(new ProvedBooks(trusted, reader, 'deep', { billsMax, claims: true }), account)
    if (walked === undefined) continue
    const { payout, root } = walked
    epochs.push({ epoch, payout, root: isDeep ? root : undefined } as EarnedEpoch)
  }
  return { from: 1, to: ledger.driver.epoch, epochs } as unknown as Earnings
}

const paid = (): Set<AccountKey> =>
  new Set(ledger.driver.results.flatMap(({ payouts }) => payouts.map(({ account }) => account)))

/** Amounts with what stands below them; how lines are worded, and the order of equal ones, is free. */
function amountsOf({ amount, epoch, children, omitted }: ExplanationNode): unknown {
  const below = children.filter(child => child.amount !== null).map(amountsOf)
  return { amount, epoch, omitted, below: below.map(item => JSON.stringify(item)).sort() }
}

test('what is proved is told as a node tells it of its own data: the same amounts at each level, over all epochs', async () => {
  const { store, epoch: to } = ledger.driver
  const range = { from: 1, to }
  for (const account of paid()) {
    const told = await explain(store, { type: 'account', account }, range)
    const proved = explainEarnings(account, await earningsOf(account, Number.POSITIVE_INFINITY))
    assert.equal(amountsOf(proved.root), amountsOf(told!.root))
    assert.equal({ ...proved, root: 0 }, { ...told, root: 0 })
  }
})

test('without the way down the tree ends at what earned, with the same amounts', async () => {
  for (const account of paid()) {
    const [deep, lines] = await Promise.all(
      [true, false].map(async isDeep => explainEarnings(account, await earningsOf(account, 6, isDeep))),
    )
    const cut = ({ amount, id, children }: ExplanationNode, levels: number): object => ({
      amount,
      id,
      children:
        levels === 0 ? [] : children.filter(child => child.amount !== null).map(child => cut(child, levels - 1)),
    })
    assert.equal(cut(lines!.root, 3), cut(deep!.root, 2))
  }
})

test('of a long list the largest records are kept, all are counted, and what is remarkable stays', async () => {
  const countsOf = (node: ProvedNode) => node.omitted + node.children.length
  let dropped = 0
  for (const account of paid()) {
    const [all, few] = await Promise.all([Number.POSITIVE_INFINITY, 1].map(max => earningsOf(account, max)))
    for (const [i, { root }] of all!.epochs.entries()) {
      const kept = few!.epochs[i]!.root!
      assert.equal(
        [...nodesOf(kept)].filter(isNoBill).map(countsOf),
        [...nodesOf(root!)].filter(isNoBill).map(countsOf),
      )
      dropped += [...nodesOf(root!)].length - [...nodesOf(kept)].length
    }
  }
  assert.ok(dropped > 0)
})

const isNoBill = ({ subject }: ProvedNode) => subject.type !== 'bill'
