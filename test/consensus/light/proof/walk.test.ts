import * as assert from 'uvu/assert'
import { type AccountKey, accountKeyText } from '../../../../consensus/account.ts'
import type { ProvedNode } from '../../../../consensus/light/proof/proved-node.ts'
import { Prover } from '../../../../src/proofs/prover.ts'
import { payoutsOfEpoch } from '../../../../src/query/payouts.ts'
import { nodesOf, walk } from '../../../fixtures/proving.ts'
import { buildSmallLedger, type SmallLedger } from '../../../fixtures/small-ledger.ts'
import { suite } from '../../../harness.ts'
import { tempFolder } from '../../../src/temp-folder.ts'

const test = suite('light/proof/walk')

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

const allAccounts = (): Set<AccountKey> => {
  const { results, genesis } = ledger.driver
  return new Set([
    ...genesis.accounts.map(([account]) => account),
    ...results.flatMap(({ payouts }) => payouts.map(({ account }) => account)),
  ])
}

/** Where nothing was left out, the lines below an amount add up to it. */
function assertAddsUp(root: ProvedNode): void {
  for (const { children, amount, omitted, subject } of nodesOf(root)) {
    if (children.length === 0) continue
    const sum = children.reduce((total, child) => total + child.amount, 0)
    if (omitted === 0) assert.is(sum, amount, JSON.stringify(subject))
    else assert.ok(sum <= amount, JSON.stringify(subject))
  }
}

test('every account’s payout of every epoch is proved down to its records, or proved not to be', async () => {
  const { store } = ledger.driver
  for (let epoch = 1; epoch <= ledger.driver.epoch; epoch++) {
    const { accounts } = await payoutsOfEpoch(store, epoch)
    const paid = new Map(accounts.map(({ account, payout, credit }) => [account, { amount: payout!.amount, credit }]))
    for (const account of allAccounts()) {
      const walked = await walk(store, prover, account, epoch)
      const expected = paid.get(accountKeyText(account))
      if (walked === undefined) assert.is(expected, undefined)
      else {
        assert.equal({ amount: walked.payout.amount, credit: walked.payout.creditAfter }, expected)
        assertAddsUp(walked.root)
      }
    }
  }
})
