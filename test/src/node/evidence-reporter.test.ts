import * as assert from 'uvu/assert'
import type { Evidence } from '../../../consensus/agreement/evidence.ts'
import { messageBytes } from '../../../consensus/agreement/message.ts'
import type { Vote } from '../../../consensus/agreement/vote.ts'
import { toKey } from '../../../consensus/bytes.ts'
import { offenceCellKey } from '../../../consensus/ledger/cells/slash.ts'
import { nativeCrypto as crypto } from '../../../src/crypto/native.ts'
import type { SigningKey } from '../../../src/crypto/signing-key.ts'
import { buildCut } from '../../../src/node/cut-builder.ts'
import { EvidenceReporter } from '../../../src/node/evidence-reporter.ts'
import { LoneLedger } from '../../fixtures/lone-ledger.ts'
import { Nodes, voteKeyOf } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'
import { quiet } from '../../network/net.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('node/evidence-reporter')
const nodes = new Nodes()

async function reporting(body: (lone: LoneLedger, reporter: EvidenceReporter) => Promise<void>): Promise<void> {
  const lone = await LoneLedger.open(nodes, tempFolder())
  const { ledger, mempool } = lone
  const reporter = new EvidenceReporter({
    ledger,
    mempool,
    account: nodes.author('ana').key,
    submit: frame => lone.ingest.take(frame, { durable: true }),
    now: () => 0,
    crypto,
    log: quiet,
  })
  await body(lone, reporter)
  await lone.ingest.written()
  await lone.close()
}

/** Two prevotes of epoch 1. */
function twice(key: SigningKey): Evidence {
  const signed = (round: number, validRound: number) => {
    const vote: Vote = { type: 'prevote', epoch: 1, round, checkpoint: nodes.chain, validRound }
    return { ...vote, signature: key.sign(messageBytes(nodes.chain, vote)) }
  }
  return { key: key.publicKey, pair: [signed(1, -1), signed(1, 0)] }
}

/** An epoch with all that is pending. */
async function finalEpoch(lone: LoneLedger): Promise<void> {
  await lone.ingest.written()
  await lone.ledger.finalize(lone.decided(await lone.value(buildCut(lone.context(), 0))))
}

test('T12: an offence is reported once, and punished', () =>
  reporting(async (lone, reporter) => {
    const key = voteKeyOf('val3')
    reporter.take(twice(key))
    reporter.take(twice(key))
    assert.is(lone.mempool.count, 1)
    await finalEpoch(lone)
    assert.ok(lone.store.state.get(offenceCellKey(toKey(key.publicKey), 1)))
    await finalEpoch(lone)
    assert.equal([lone.mempool.count, lone.ledger.head.epoch], [0, 2])
  }))

test('T12: what was judged and not punished is not reported again in each epoch, for a fee', () =>
  reporting(async (lone, reporter) => {
    reporter.take(twice(nodes.author('bo').key))
    assert.is(lone.mempool.count, 1)
    await finalEpoch(lone)
    assert.is(lone.mempool.count, 0)
    reporter.take(twice(voteKeyOf('val3')))
    assert.is(lone.mempool.count, 1)
    await finalEpoch(lone)
    assert.ok(lone.store.state.get(offenceCellKey(toKey(voteKeyOf('val3').publicKey), 1)), 'others still are')
  }))

test('T12: while a report is on its way there is no second one', () =>
  reporting(async (lone, reporter) => {
    reporter.take(twice(voteKeyOf('val3')))
    await lone.ingest.written()
    await lone.ledger.finalize(lone.decided(await lone.value([])))
    assert.is(lone.mempool.count, 1)
    await finalEpoch(lone)
    assert.is(lone.mempool.count, 0)
  }))
