import * as assert from 'uvu/assert'
import type { LedgerError } from '../../../consensus/errors.ts'
import type { Node } from '../../../src/node/node.ts'
import { explainFailure } from '../../../src/store/errors.ts'
import { Nodes } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'

const test = suite('node/disk-full')
const nodes = new Nodes({ validators: 1 })

test.after(() => nodes.stopAll())

/** A disk without room, as the system tells of it; real ones are in e2e/start-failures, where they can be mounted. */
const noRoom = () =>
  Promise.reject(explainFailure(Object.assign(new Error('write'), { code: 'ENOSPC' }), nodes.dir('val0')))

test('no room for a batch, or for the own vote: the node ends saying so, and goes on when there is room', async () => {
  const ana = nodes.author('ana')
  for (const fill of [
    (node: Node) => Object.assign(node.store, { putBatches: noRoom }),
    (node: Node) => Object.assign(node.store.agreement, { put: noRoom }),
  ]) {
    const node = await nodes.start('val0')
    await nodes.makeEpochs(1, ana, node, [node])
    const { epoch } = node.ledger.head
    fill(node)
    const seq = node.ledger.account(ana.account).seq + 1
    await node
      .submit(
        ana.sign(seq, node.ledger.account(ana.account).head, [{ kind: 'transfer', to: ana.key.publicKey, amount: 1 }])
          .bytes,
      )
      .catch(() => {})
    const { code, next } = (await node.done) as LedgerError
    assert.equal([code, next], ['disk-full', 'free some space and start again; the data is intact'])
    const dir = nodes.dir('val0')
    const error = `no space left on the disk of ${dir}`
    assert.equal(nodes.errors.pop(), {
      message: 'the node stops',
      facts: { epoch: node.ledger.head.epoch, dir, cause: 'write', code, error, next },
    })
    await nodes.stop('val0')
    const again = await nodes.start('val0')
    assert.ok(again.ledger.head.epoch >= epoch)
    await nodes.stop('val0')
  }
})
