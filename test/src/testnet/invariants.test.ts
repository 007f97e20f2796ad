import * as assert from 'uvu/assert'
import { encodeCertificate } from '../../../consensus/agreement/certificate.ts'
import { toKey } from '../../../consensus/bytes.ts'
import type { LedgerError } from '../../../consensus/errors.ts'
import { decodeGenesis } from '../../../consensus/genesis.ts'
import { cellPrefix, encodeCell } from '../../../consensus/ledger/cells/cell.ts'
import { treasuryCodec, treasuryKey } from '../../../consensus/ledger/cells/global.ts'
import { offenceCellKey, offenceCodec } from '../../../consensus/ledger/cells/slash.ts'
import { deriveSeed } from '../../../src/keys/derive-seed.ts'
import { epochOp } from '../../../src/store/epochs.ts'
import { Store } from '../../../src/store/store.ts'
import { planNode } from '../../../src/testnet/blueprint.ts'
import { checkInvariants, type Invariant, invariants, type Remains } from '../../../src/testnet/invariants.ts'
import { LoneLedger } from '../../fixtures/lone-ledger.ts'
import { Nodes, networkSeed, voteKeyOf } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('testnet/invariants')
const nodes = new Nodes()
const ana = nodes.author('ana')
const { bytes, cid } = ana.transfer()
const epochs = 3

/** A node's data after three epochs, of which the second finalizes ana's batch. */
async function nodeData(name: string, timeMs = 0): Promise<Remains['nodes'][number]> {
  const data = tempFolder()
  const lone = await LoneLedger.open(nodes, data)
  await lone.ingest.take(bytes, { durable: true })
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const cut = epoch === 2 ? [{ author: ana.account, seq: 1, batch: cid }] : []
    const later = { time: lone.ledger.head.time + 1_000 + (epoch === 3 ? timeMs : 0) }
    await lone.ledger.finalize(lone.decided(await lone.value(cut, later)))
  }
  await lone.close()
  return { name, data }
}

/** What four nodes left, the last of which somebody touched. */
async function remains(touch: (store: Store) => Promise<void>): Promise<Remains> {
  const touched = await nodeData('node1')
  const store = await Store.open(touched.data, { create: false, multithreading: false })
  await touch(store)
  await store.close()
  return remainsOf([await nodeData('node0'), touched])
}

function remainsOf(all: Remains['nodes'], submitted = [`${cid}/0`]): Remains {
  const plans = ['val0', 'val1'].map(name => ({
    ...planNode(networkSeed, name),
    voteSeed: deriveSeed(networkSeed, 'vote', name),
  }))
  const genesis = decodeGenesis(nodes.genesis)
  const blueprint = { seed: 1, genesis, genesisBlock: nodes.genesis, chain: nodes.chain, nodes: plans }
  return { blueprint, nodes: all, epoch: epochs, submitted }
}

async function brokenOf(found: Remains): Promise<[Invariant | undefined, string]> {
  const error: LedgerError | undefined = await checkInvariants(found).then(
    () => undefined,
    caught => caught,
  )
  return [error?.facts.invariant as Invariant | undefined, error?.message ?? '']
}

test('what nodes leave that agree is found in order', async () => {
  const found = await remains(async () => {})
  assert.equal(await brokenOf(found), [undefined, ''])
  assert.equal(await checkInvariants(found), Object.values(invariants))
})

test('another checkpoint in one epoch is named with the node that has it', async () => {
  const [invariant, message] = await brokenOf(remainsOf([await nodeData('node0'), await nodeData('node1', 1)]))
  assert.is(invariant, 'checkpoints')
  assert.match(message, /^broken: one checkpoint per epoch at all nodes: node1: epoch 3 is bafy\w+, elsewhere bafy\w+$/)
})

test('a node that is behind, or ahead, is not where the others are', async () => {
  const found = remainsOf([await nodeData('node0')])
  for (const epoch of [epochs - 1, epochs + 1])
    assert.is((await brokenOf({ ...found, epoch, submitted: [] }))[0], 'checkpoints')
})

test('a certificate of half the stake is no quorum', async () => {
  const lone = await LoneLedger.open(nodes, tempFolder())
  const { certificate } = lone.decided(await lone.value([]), 2)
  await lone.close()
  const found = await remains(store => certify(store, encodeCertificate(certificate)))
  assert.equal(await brokenOf(found), ['quorums', 'broken: every certificate a quorum: node1: epoch 1: no-quorum'])
})

test('nor is a quorum for another epoch', async () => {
  const found = await remains(store => certify(store, store.epochs.get(2)!.certificate))
  assert.is((await brokenOf(found))[0], 'quorums')
})

/** Puts another certificate to the first epoch. */
function certify(store: Store, certificate: Uint8Array): Promise<void> {
  return store.write([epochOp(1, { ...store.epochs.get(1)!, certificate })], { sync: false })
}

test('a batch that was submitted and is final nowhere is lost', async () => {
  const found = await remains(async () => {})
  const other = nodes.author('bo').transfer()
  assert.equal(await brokenOf({ ...found, submitted: [`${cid}/0`, `${other.cid}/3`] }), [
    'submitted',
    `broken: nothing submitted lost: node0: 1 batches are not final, like ${other.cid}`,
  ])
})

const cellsTouched: readonly [Invariant, string, Uint8Array][] = [
  ['supply', treasuryKey, encodeCell(treasuryCodec, 1)],
  ['honest', offenceCellKey(toKey(voteKeyOf('val1').publicKey), 1), encodeCell(offenceCodec, { punished: 2 })],
  ['roots', `${cellPrefix.verdict}somebody`, Uint8Array.of(0)],
]

for (const [invariant, key, value] of cellsTouched) {
  test(`a cell that should not be there: ${invariant}`, async () => {
    const found = await remains(store => store.write(store.state.ops([[key, value]]), { sync: false }))
    assert.is((await brokenOf(found))[0], invariant)
  })
}
