/** F4: a refinement past the bound of an epoch's assets, of which no origin is kept, is proved to have sent nothing on. */
import * as assert from 'uvu/assert'
import { walkPayout } from '../../../../consensus/light/proof/walk.ts'
import { refKey } from '../../../../consensus/ref.ts'
import { Prover } from '../../../../src/proofs/prover.ts'
import { buildFaintLedger, type FaintLedger, faintAssets } from '../../../fixtures/faint-ledger.ts'
import { actorAccount } from '../../../fixtures/ledger-driver.ts'
import { booksOf, trustedEpoch } from '../../../fixtures/proving.ts'
import { suite } from '../../../harness.ts'
import { tempFolder } from '../../../src/temp-folder.ts'

const test = suite('light/proof/faint-origins')

let ledger: FaintLedger
let prover: Prover

test.before(async () => {
  ledger = await buildFaintLedger(tempFolder())
  prover = new Prover(ledger.driver.store)
})

test.after(async () => {
  await prover.close()
  await ledger.driver.close()
})

test('F4: its rest is the treasury’s, and only there', async () => {
  const { driver, chain } = ledger
  const books = booksOf(trustedEpoch(driver.store, driver.epoch), prover)
  const flows = await Promise.all(chain.slice(0, faintAssets).map(([batch, i]) => books.lineage(refKey(batch!, i))))
  for (const [i, { splits }] of flows.entries()) {
    assert.is(splits.length, 1)
    const isLast = i === faintAssets - 1
    assert.is(splits[0]!.forTreasury > 0, isLast)
    assert.is(splits[0]!.parents === undefined, isLast)
  }
  assert.is(flows.at(-1)!.splits[0]!.forTreasury, driver.results.at(-1)!.totals.treasury)
  const [batch, index] = chain[faintAssets]!
  assert.is(await books.flow({ kind: 'asset', key: refKey(batch!, index) }), undefined)
})

test('F4: what its refiner and its datanet’s owner got is proved down to the record', async () => {
  const { driver } = ledger
  const books = booksOf(trustedEpoch(driver.store, driver.epoch), prover)
  const { payout, root } = (await walkPayout(books, actorAccount('ana')))!
  assert.is(root.amount, payout.amount)
  assert.equal(
    payout.lines.map(({ role }) => role),
    ['owner', 'owner', 'owner', 'refiner', 'refiner', 'refiner'],
  )
})
