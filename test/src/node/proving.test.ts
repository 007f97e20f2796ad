import * as assert from 'uvu/assert'
import { toKey } from '../../../consensus/bytes.ts'
import { decodeCheckpoint } from '../../../consensus/checkpoint.ts'
import { accountCellKey, accountCodec } from '../../../consensus/ledger/cells/account.ts'
import { readParams } from '../../../consensus/light/proof/block.ts'
import { readCell } from '../../../consensus/light/proof/cell.ts'
import { walkBoundsDefault } from '../../../consensus/light/proof/limits.ts'
import { readPayout } from '../../../consensus/light/proof/payout.ts'
import { ProofReader, type ProofSource } from '../../../consensus/light/proof/reader.ts'
import { readRecords } from '../../../consensus/light/proof/signed-batch.ts'
import type { Trusted } from '../../../consensus/light/proof/trust.ts'
import type { ProofError } from '../../../consensus/merkle/proof-error.ts'
import { nativeCrypto as crypto } from '../../../src/crypto/native.ts'
import type { Node } from '../../../src/node/node.ts'
import { Nodes } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'

const test = suite('node/proving')
const nodes = new Nodes({ validators: 2, authors: ['ana'] })

test.after(() => nodes.stopAll())

function trusting(node: Node, epoch: number): Trusted {
  return { crypto, checkpoint: decodeCheckpoint(node.store.epochs.get(epoch)!.checkpoint) }
}

test('a peer proves cells, records, parameters and an absence over the network', async () => {
  const [server, asker] = (await nodes.startValidators(2)) as [Node, Node]
  const peer = server.network.peerId
  const source: ProofSource = { ask: request => asker.network.request.proof(peer, request) }
  const ana = nodes.author('ana')
  const { bytes, cid } = ana.write([{ kind: 'transfer', to: nodes.author('bo').key.publicKey, amount: 5 }])
  await server.submit(bytes)
  await nodes.final(cid, [server, asker])
  const { epoch } = server.store.outcomes.get(cid)!
  const trusted = trusting(asker, epoch)
  const reader = new ProofReader(source, walkBoundsDefault)
  const account = toKey(ana.key.publicKey)
  const [cell, [record], params, payout] = await Promise.all([
    readCell(trusted, reader, accountCodec, accountCellKey(account)),
    readRecords(trusted, reader, cid, [0]),
    readParams(trusted, reader),
    readPayout(trusted, reader, account),
  ])
  assert.is(cell?.seq, 1)
  assert.equal([record?.record.kind, record?.code], ['transfer', 0])
  assert.equal(params, nodes.params)
  assert.is(payout, undefined)
  assert.is(reader.costs.requests, 1)

  // Who asks has followed to an epoch that is no longer the newest by the time the question arrives.
  await nodes.makeEpochs(1, ana, server, [server, asker])
  assert.ok(server.ledger.head.epoch > epoch)
  assert.is((await readCell(trusted, reader, accountCodec, accountCellKey(account)))?.seq, 1)
  // Long gone states aren't there any more, and a peer says so.
  await nodes.makeEpochs(5, ana, server, [server, asker])
  try {
    await readCell(trusted, reader, accountCodec, accountCellKey(account))
    assert.unreachable('an old state')
  } catch (error) {
    assert.is((error as ProofError).check, 'missing')
  }
  assert.equal(nodes.errors, [])
})
