import * as assert from 'uvu/assert'
import { type AccountKey, accountKeyText } from '../../../consensus/account.ts'
import type { ProvedNode } from '../../../consensus/light/proof/proved-node.ts'
import { Prover } from '../../../src/proofs/prover.ts'
import { payoutsOfEpoch } from '../../../src/query/payouts.ts'
import { nodesOf, walk } from '../../fixtures/proving.ts'
import { buildSampleLedger, type SampleLedger } from '../../fixtures/sample-ledger.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('proofs/sample')

let ledger: SampleLedger
let prover: Prover

test.before(async () => {
  ledger = await buildSampleLedger(tempFolder())
  prover = new Prover(ledger.store)
})

test.after(async () => {
  await prover.close()
  await ledger.store.close()
})

const accounts = (): AccountKey[] => [
  ...new Set([
    ...ledger.genesis.accounts.map(([account]) => account),
    ...ledger.results.flatMap(({ payouts }) => payouts.map(({ account }) => account)),
  ]),
]

test(
  'every account’s payout of every epoch is what the node says, proved down to the records; else its absence is',
  async () => {
    let walks = 0
    let bills = 0
    for (let epoch = 1; epoch <= ledger.results.length; epoch++) {
      const told = await payoutsOfEpoch(ledger.store, epoch)
      const paid = new Map(told.accounts.map(({ account, payout }) => [account, payout!.amount]))
      for (const account of accounts()) {
        const walked = await walk(ledger.store, prover, account, epoch)
        assert.is(walked?.payout.amount, paid.get(accountKeyText(account)), `${accountKeyText(account)} in ${epoch}`)
        if (walked === undefined) continue
        walks++
        bills += billsOf(walked.root)
      }
    }
    assert.ok(walks > 40 && bills > 3_000, `${walks} walks to ${bills} bills`)
  },
  { deadlineMs: 90_000 },
)

test(
  'a drawn part leads to true amounts too, and says how much it left out',
  async () => {
    const depth = { sample: 2, seed: Uint8Array.of(1, 2, 3) }
    let omitted = 0
    for (let epoch = 1; epoch <= ledger.results.length; epoch++) {
      for (const { account, amount } of ledger.results[epoch - 1]!.payouts) {
        const walked = await walk(ledger.store, prover, account, epoch, depth)
        assert.is(walked?.payout.amount, amount)
        for (const node of nodesOf(walked!.root)) {
          omitted += node.omitted
          const below = node.children.reduce((sum, child) => sum + child.amount, 0)
          if (node.children.length > 0) assert.ok(below <= node.amount)
        }
      }
    }
    assert.ok(omitted > 0)
  },
  { deadlineMs: 90_000 },
)

/** Bills below a proved line; each line's parts add up to it. */
function billsOf(root: ProvedNode): number {
  let bills = 0
  for (const { subject, children, amount, omitted } of nodesOf(root)) {
    if (subject.type === 'bill') bills++
    assert.is(omitted, 0)
    const below = children.reduce((sum, child) => sum + child.amount, 0)
    if (children.length > 0) assert.is(below, amount, JSON.stringify(subject))
  }
  return bills
}
