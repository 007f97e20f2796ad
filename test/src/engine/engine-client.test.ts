import * as assert from 'uvu/assert'
import type { LedgerError } from '../../../consensus/errors.ts'
import { MissingBatchError } from '../../../src/engine/cut-parts.ts'
import { EngineClient } from '../../../src/engine/engine-client.ts'
import { Ledger } from '../../../src/node/ledger.ts'
import { LoneLedger } from '../../fixtures/lone-ledger.ts'
import { Nodes } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('engine/engine-client')
const nodes = new Nodes()

async function threaded(body: (engine: EngineClient, lone: LoneLedger) => Promise<void>): Promise<void> {
  const dir = tempFolder()
  const lone = await LoneLedger.open(nodes, dir)
  const engine = await EngineClient.start(dir, nodes.chain)
  await body(engine, lone)
  await engine.close()
  await lone.close()
}

test('T5: the thread comes to the same as execution in place, and its epochs are final here', () =>
  threaded(async (engine, lone) => {
    const ana = nodes.author('ana')
    const batch = ana.transfer()
    await lone.ingest.take(batch.bytes, { durable: false })
    const cut = [{ author: ana.account, seq: 1, batch: batch.cid }]
    const order = { epoch: 1, cut, lastCertificate: null }
    assert.equal(await engine.execute(order), await lone.ledger.execute(order))
    const ledger = new Ledger(lone.store, nodes.chain, engine)
    let finalized: unknown
    ledger.onEpoch((_, committed) => {
      finalized = committed.finalized
    })
    await ledger.finalize(lone.decided(await lone.value(cut)))
    assert.equal(finalized, [{ author: ana.account, seq: 1, batch: batch.cid.bytes }])
    assert.is(lone.store.outcomes.get(batch.cid)?.epoch, 1)
  }))

test('a thread whose store cannot be opened says why, and what to do', async () => {
  const refused = await EngineClient.start(tempFolder(), nodes.chain).catch((error: LedgerError) => error)
  const { code, next } = refused as LedgerError
  assert.is(code, 'store-missing')
  assert.match(next!, /start a node on it first/)
})

test('calls are answered in their order, errors as what they are', () =>
  threaded(async (engine, lone) => {
    const ana = nodes.author('ana')
    const { cid, bytes } = ana.transfer()
    const missing = await engine
      .execute({ epoch: 1, cut: [{ author: ana.account, seq: 1, batch: cid }], lastCertificate: null })
      .catch(error => error)
    assert.instance(missing, MissingBatchError)
    assert.ok((missing as MissingBatchError).batch.equals(cid))
    await lone.ingest.take(bytes, { durable: false })
    const codes = await Promise.all([
      engine
        .execute({ epoch: 1, cut: [{ author: ana.account, seq: 2, batch: cid }], lastCertificate: null })
        .catch(error => error.code),
      engine.execute({ epoch: 2, cut: [], lastCertificate: null }).catch(error => error.code),
      engine.execute({ epoch: 1, cut: [], lastCertificate: null }).then(() => 'done'),
    ])
    assert.equal(codes, ['cut-chain', 'stale-epoch', 'done'])
  }))

const failing = new URL('../../fixtures/failing-engine.ts', import.meta.url)
const mute = new URL('../../fixtures/mute-engine.ts', import.meta.url)
const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'done',
    (error: LedgerError) => error.code,
  )

test('a thread that crashes fails every call under way and every later one, and says so', async () => {
  const engine = await EngineClient.start(tempFolder(), nodes.chain, failing)
  const underWay = [
    codeOf(engine.execute({ epoch: 1, cut: [], lastCertificate: null })),
    codeOf(engine.execute({ epoch: 1, cut: [], lastCertificate: null })),
  ]
  const failure = await engine.failed
  assert.is(failure.code, 'engine-failed')
  assert.match(failure.message, 'out of memory')
  assert.equal(await Promise.all(underWay), ['engine-failed', 'engine-failed'])
  assert.is(await codeOf(engine.execute({ epoch: 1, cut: [], lastCertificate: null })), 'engine-failed')
  await engine.close()
})

test('an execution that takes too long is cut off on closing, and whoever waits is told', async () => {
  const engine = await EngineClient.start(tempFolder(), nodes.chain, mute)
  const endless = codeOf(engine.execute({ epoch: 1, cut: [], lastCertificate: null }))
  await engine.close()
  assert.match(await endless, /^engine-/)
})

test('closing is no failure, and may be asked for twice', () =>
  threaded(async engine => {
    let failed = false
    void engine.failed.then(() => {
      failed = true
    })
    await Promise.all([engine.close(), engine.close()])
    await engine.close()
    assert.not(failed)
    const later = await engine
      .execute({ epoch: 1, cut: [], lastCertificate: null })
      .catch((error: LedgerError) => error.code)
    assert.is(later, 'engine-ended')
  }))
