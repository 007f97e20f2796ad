import * as assert from 'uvu/assert'
import { LoneLedger } from '../../fixtures/lone-ledger.ts'
import { Nodes } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'

const test = suite('node/released-batches')
const nodes = new Nodes({ params: { epochMs: 100, maxEpochBytes: 4 * 1024 * 1024, bytePrice: 10 } })

test.after(() => nodes.stopAll())

test('what refused cuts left in a node leaves memory and disk with the first epoch', async () => {
  const batches = Array.from({ length: 12 }, (_, i) => {
    const author = nodes.author(`nobody ${i}`)
    const transfer = { kind: 'transfer', to: author.key.publicKey, amount: 1, memo: 'x'.repeat(256) } as const
    return author.write(new Array(1_000).fill(transfer))
  })
  const lone = await LoneLedger.open(nodes, nodes.dir('val0'))
  for (const { bytes } of batches) await lone.ingest.take(bytes, { durable: true, wanted: true })
  await lone.close()
  const validators = await nodes.startValidators(4)
  const [node] = validators as [(typeof validators)[number]]
  assert.is(node.mempool.count, batches.length)
  const { bytes, cid } = nodes.author('ana').transfer()
  await node.submit(bytes)
  await nodes.final(cid, validators)
  const held = batches.filter(batch => node.mempool.has(batch.cid))
  assert.ok(node.mempool.bytes <= 2 * 1024 * 1024, `${node.mempool.bytes} bytes`)
  assert.ok(node.stats().expired >= batches.length - held.length)
  await nodes.until('they left the disk', () =>
    batches.every(batch => node.mempool.has(batch.cid) || !node.store.batches.has(batch.cid)),
  )
  assert.is(node.halted, null)
})
