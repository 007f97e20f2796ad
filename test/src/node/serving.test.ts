import * as assert from 'uvu/assert'
import { nativeCrypto as crypto } from '../../../src/crypto/native.ts'
import type { Ledger } from '../../../src/node/ledger.ts'
import { protocolHandlers, type ServingParts } from '../../../src/node/serving.ts'
import { serveHeaders } from '../../../src/node/serving-light.ts'
import { finalBatches } from '../../../src/query/final-batches.ts'
import type { EpochRecord } from '../../../src/store/epochs.ts'
import type { Store } from '../../../src/store/store.ts'
import { actorKey, LedgerDriver } from '../../fixtures/ledger-driver.ts'
import { slowly, turnsWhile } from '../../fixtures/slow-reads.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('node/serving')

let driver: LedgerDriver

test.before(async () => {
  driver = await LedgerDriver.begin(tempFolder(), { funds: { ana: 1_000_000 } })
  for (const batches of [200, 2]) {
    for (let i = 0; i < batches; i++)
      await driver.batch('ana', [{ kind: 'transfer', to: actorKey('cy').publicKey, amount: 1 }])
    await driver.finalize()
  }
})

test.after(() => driver.close())

function asking() {
  const { store, chain } = driver
  const ledger = { store, chain, crypto, head: store.head()! } as unknown as Ledger
  const { outcomes } = protocolHandlers({ ledger } as unknown as ServingParts)
  return async (epoch: number, from = 0, signal = new AbortController().signal) =>
    await outcomes({ epoch, from }, 'peer', signal)
}

const digestsOf = (epoch: number) =>
  new Uint8Array(finalBatches(driver.store, epoch).flatMap(({ outcome }) => [...crypto.sha256(outcome.codes)]))

test('what became of an epoch’s batches is told to all who ask at once, each of an epoch of their own', async () => {
  const ask = asking()
  const epochs = [1, 2, 1, 2]
  const answers = await Promise.all(epochs.map(epoch => ask(epoch)))
  assert.equal(answers, epochs.map(digestsOf))
  assert.equal(await ask(1, 199), digestsOf(1).subarray(32 * 199))
  assert.equal(await Promise.all([ask(1, 200), ask(3)]), [new Uint8Array(0), new Uint8Array(0)])
})

test('everything else has its turn while an epoch is read for its outcomes; it is not read for who is gone', async () => {
  const restore = slowly(driver.store.outcomes, 'get')
  try {
    const ask = asking()
    assert.ok((await turnsWhile(() => ask(1))) > 0)
    const leaving = new AbortController()
    const reading = ask(2)
    const gone = ask(1, 0, leaving.signal).catch((error: Error) => error.message)
    leaving.abort(new Error('gone'))
    assert.is(await gone, 'gone')
    await reading
  } finally {
    restore()
  }
})

test('everything else has its turn while epochs with large cuts are read for their checkpoints', async () => {
  const record: EpochRecord = {
    checkpoint: driver.store.epochs.get(1)!.checkpoint,
    certificate: new Uint8Array(9),
    cut: new Uint8Array(600_000),
  }
  const epochs = { get: () => record }
  slowly(epochs, 'get')
  const { blocks } = driver.store
  const store = { epochs, blocks } as unknown as Store
  for (const request of [
    { from: 64, to: 1 },
    { epochs: Array.from({ length: 64 }, (_, i) => i + 1), known: [] },
  ]) {
    let told = 0
    const turns = await turnsWhile(async () => {
      for await (const _ of serveHeaders(store, request)) told++
    })
    assert.is(told, 64)
    assert.ok(turns > 0)
  }
})
