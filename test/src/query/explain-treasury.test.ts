/** F4: where the treasury gets what an asset would have passed on, its explanation says so, and adds up. */
import * as assert from 'uvu/assert'
import type { ExplanationNode } from '../../../src/api/node-view.ts'
import { LedgerView } from '../../../src/query/ledger-view.ts'
import { buildFaintLedger, type FaintLedger, faintAssets } from '../../fixtures/faint-ledger.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('query/explain: the treasury')

let ledger: FaintLedger
let view: LedgerView

test.before(async () => {
  ledger = await buildFaintLedger(tempFolder())
  view = new LedgerView(ledger.driver.store)
})

test.after(() => ledger.driver.close())

async function outflowOf(link: number): Promise<{ whole: number | null; treasury: ExplanationNode | undefined }> {
  const [batch, index] = ledger.chain[link]!
  const { root } = (await view.explain({ type: 'record', batch: batch!, index }))!
  const [inflow, outflow] = [/reached it/, /went to/].map(text => root.children.find(node => text.test(node.text))!)
  assert.is(outflow!.amount, inflow!.amount)
  const parts = outflow!.children
  assert.is(
    parts.reduce((sum, { amount }) => sum + amount!, 0),
    outflow!.amount,
  )
  return { whole: outflow!.amount, treasury: parts.find(({ text }) => /treasury/.test(text)) }
}

test('what the last asset within the bound would have passed on', async () => {
  const { treasury } = await outflowOf(faintAssets - 1)
  assert.is(treasury?.amount, ledger.driver.results.at(-1)!.totals.treasury)
  assert.match(treasury!.text, /too many assets/)
})

test('nothing of those above it', async () => {
  const { whole, treasury } = await outflowOf(0)
  assert.ok(whole! > 0)
  assert.is(treasury, undefined)
})
