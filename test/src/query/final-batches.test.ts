import * as assert from 'uvu/assert'
import { eachFinalBatch, type FinalBatch, finalBatches } from '../../../src/query/final-batches.ts'
import { actorKey, LedgerDriver } from '../../fixtures/ledger-driver.ts'
import { slowly, turnsWhile } from '../../fixtures/slow-reads.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('query/final-batches')

let driver: LedgerDriver

test.before(async () => {
  driver = await LedgerDriver.begin(tempFolder(), { funds: { ana: 1_000_000, bo: 1_000_000 } })
  for (const [actor, count] of [
    ['ana', 200],
    ['bo', 3],
  ] as const) {
    for (let i = 0; i < count; i++)
      await driver.batch(actor, [{ kind: 'transfer', to: actorKey('cy').publicKey, amount: 1 }])
  }
  await driver.finalize()
  await driver.batch('ana', [{ kind: 'transfer', to: actorKey('cy').publicKey, amount: 1 }])
  await driver.finalize()
})

test.after(() => driver.close())

async function oneByOne(epoch: number): Promise<FinalBatch[]> {
  const batches: FinalBatch[] = []
  for await (const batch of eachFinalBatch(driver.store, epoch)) batches.push(batch)
  return batches
}

test('one by one they are the same as all at once: by author, then seq, of this epoch alone', async () => {
  for (const [epoch, count] of [
    [1, 203],
    [2, 1],
    [3, 0],
  ] as const) {
    const all = finalBatches(driver.store, epoch)
    const told = all.map(({ author, header }) => [author, header.seq] as const)
    const sorted = [...told].sort(([a, i], [b, j]) => (a === b ? i - j : a < b ? -1 : 1))
    assert.is(all.length, count)
    assert.equal(told, sorted)
    assert.equal(await oneByOne(epoch), all)
  }
})

test('everything else has its turn while the many batches of one author are read', async () => {
  const restore = slowly(driver.store.outcomes, 'get')
  try {
    assert.ok((await turnsWhile(() => oneByOne(1))) > 0)
  } finally {
    restore()
  }
})
