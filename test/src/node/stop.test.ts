import * as assert from 'uvu/assert'
import type { LedgerError } from '../../../consensus/errors.ts'
import { Nodes } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'

const test = suite('node/stop')
const stopMsMax = 5_000

async function stopsInTime(stop: () => Promise<void>): Promise<void> {
  const startMs = performance.now()
  await stop()
  assert.ok(performance.now() - startMs < stopMsMax)
}

test('stopped while it executes a node ends in time, and goes on where it was', async () => {
  const nodes = new Nodes({ validators: 1, authors: ['ana'], params: { epochMs: 100 } })
  const ana = nodes.author('ana')
  const node = await nodes.start('val0')
  const wide = Array.from({ length: 1_024 }, () => ({ kind: 'transfer', to: ana.key.publicKey, amount: 1 }) as const)
  const batches = Array.from({ length: 30 }, () => ana.write(wide))
  for (const { bytes } of batches) await node.submit(bytes)
  await nodes.until('it began', () => node.round !== null || node.ledger.head.epoch > 0)
  await stopsInTime(() => nodes.stop('val0'))
  const again = await nodes.start('val0')
  await nodes.final(batches.at(-1)!.cid, [again])
  assert.equal(nodes.errors, [])
  await stopsInTime(() => nodes.stopAll())
})

test('a node may be stopped twice, and at once after it has started', async () => {
  const nodes = new Nodes({ validators: 1 })
  const node = await nodes.start('val0')
  await stopsInTime(async () => {
    await Promise.all([node.stop(), node.stop()])
  })
  await nodes.stopAll()
  assert.is(node.halted, null)
})

test('a disk that takes no more ends the node loudly, whoever wrote', async () => {
  const nodes = new Nodes({ validators: 1 })
  const node = await nodes.start('val0')
  node.store.putBatches = () => Promise.reject(new Error('no space left'))
  const refusal = await node.submit(nodes.author('ana').transfer().bytes).catch((error: Error) => error.message)
  assert.is(refusal, 'no space left')
  assert.is((await node.done)?.message, 'no space left')
  assert.is(node.halted, 'no space left')
  assert.equal(
    nodes.errors.map(({ message }) => message),
    ['the node stops'],
  )
  await stopsInTime(() => nodes.stopAll())
})

test('a failed agreement write ends the node too, without a vote', async () => {
  const nodes = new Nodes({ validators: 1, params: { epochMs: 100 } })
  const node = await nodes.start('val0')
  node.store.agreement.put = () => Promise.reject(new Error('no space left'))
  await node.submit(nodes.author('ana').transfer().bytes)
  assert.is((await node.done)?.message, 'no space left')
  assert.is(node.ledger.head.epoch, 0)
  await stopsInTime(() => nodes.stopAll())
})

test('a folder of another ledger, or in use, is refused and left in order', async () => {
  const nodes = new Nodes({ validators: 1 })
  const node = await nodes.start('val0')
  const other = new Nodes({ validators: 1, authors: ['zoe'] })
  await nodes.stop('val0')
  const code = await other.start('val0', { dir: nodes.dir('val0') }).catch((error: LedgerError) => error.code)
  assert.is(code, 'other-chain')
  const again = await nodes.start('val0')
  assert.is(again.ledger.head.epoch, node.ledger.head.epoch)
  await nodes.stopAll()
})
