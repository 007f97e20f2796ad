import * as assert from 'uvu/assert'
import { nameValue } from '../../../consensus/agreement/proposal.ts'
import type { LedgerError } from '../../../consensus/errors.ts'
import { decodeCell, encodeCell } from '../../../consensus/ledger/cells/cell.ts'
import { attendanceCodec, attendanceKey, paramsCodec, paramsKey } from '../../../consensus/ledger/cells/global.ts'
import { protocolKnown } from '../../../consensus/params.ts'
import { nativeCrypto as crypto } from '../../../src/crypto/native.ts'
import { Engine } from '../../../src/engine/engine.ts'
import { Ledger } from '../../../src/node/ledger.ts'
import { stateKey } from '../../../src/store/keys.ts'
import { LoneLedger } from '../../fixtures/lone-ledger.ts'
import { Nodes } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('node/ledger')
const nodes = new Nodes()

async function opened(body: (lone: LoneLedger) => Promise<void>): Promise<void> {
  const lone = await LoneLedger.open(nodes, tempFolder())
  await body(lone)
  await lone.close()
}

/** What a refused epoch must not change. */
async function untouched(lone: LoneLedger, work: () => Promise<void>): Promise<LedgerError | undefined> {
  const before = [lone.ledger.head.epoch, `${lone.store.head()?.checkpoint}`, lone.mempool.count]
  let refusal: LedgerError | undefined
  await work().catch(error => {
    refusal = error
  })
  assert.equal([lone.ledger.head.epoch, `${lone.store.head()?.checkpoint}`, lone.mempool.count], before)
  return refusal
}

test('a decided epoch becomes the head, once, and its listeners hear of it', () =>
  opened(async lone => {
    const heard: number[] = []
    lone.ledger.onEpoch(({ epoch }) => heard.push(epoch))
    const value = await lone.value([])
    const decided = lone.decided(value)
    await Promise.all([lone.ledger.finalize(decided), lone.ledger.finalize(decided)])
    await lone.ledger.finalize(decided)
    assert.equal(heard, [1])
    assert.is(`${lone.ledger.head.cid}`, `${nameValue(crypto, value).id}`)
    await lone.ledger.finalize(lone.decided(await lone.value([])))
    assert.is(lone.ledger.head.epoch, 2)
    assert.is(`${lone.ledger.head.checkpoint!.prev}`, `${nameValue(crypto, value).id}`)
  }))

test('a certificate that makes nothing final is refused', () =>
  opened(async lone => {
    const decided = lone.decided(await lone.value([]))
    const other = lone.decided(await lone.value([], { time: decided.checkpoint.time + 1 }))
    const { certificate } = decided
    const forged = certificate.signatures.map(([index]) => [index, new Uint8Array(64)] as const)
    const bad = {
      'no-quorum': lone.decided(await lone.value([]), 2),
      'not-a-commit': { ...decided, certificate: other.certificate },
      'bad-signature': { ...decided, certificate: { ...certificate, signatures: forged } },
    }
    for (const [fault, epoch] of Object.entries(bad)) {
      const refusal = await untouched(lone, () => lone.ledger.finalize(epoch))
      assert.equal([refusal?.code, refusal?.facts.fault], ['certificate', fault])
    }
    const prevotes = { ...certificate, type: 'prevote' as const }
    assert.throws(() => lone.ledger.checkCertificate({ ...decided, certificate: prevotes }), /not-a-commit/)
  }))

test('T13: the certificate that the next checkpoint names takes the place of the own one, and tells who was there', () =>
  opened(async lone => {
    const first = lone.decided(await lone.value([]), [0, 1, 2])
    const others = lone.decided({ ...first, checkpoint: first.checkpointBlock }, [1, 2, 3]).certificateBlock
    await lone.ledger.finalize(first)
    const accounts = lone.ledger.head.validators.map(({ account }) => account)
    assert.equal(lone.store.epochs.get(1)!.certificate, first.certificateBlock)
    await lone.ledger.finalize(lone.decided(await lone.value([], {}, others)))
    assert.equal(lone.store.epochs.get(1)!.certificate, others)
    assert.equal(lone.store.epochs.get(1)!.checkpoint, first.checkpointBlock)
    const seen = decodeCell(attendanceCodec, lone.store.state.get(attendanceKey)!)
    assert.equal(
      seen,
      accounts.slice(1).map(account => [account, 2]),
    )
  }))

test('a certificate is verified once, not again when its epoch is written', () =>
  opened(async lone => {
    let verified = 0
    const verify: typeof crypto.verify = (...parts) => {
      verified++
      return crypto.verify(...parts)
    }
    const ledger = new Ledger(lone.store, nodes.chain, new Engine(lone.store, nodes.chain), { ...crypto, verify })
    const decided = lone.decided(await lone.value([]))
    const { length } = decided.certificate.signatures
    ledger.checkCertificate(decided)
    await ledger.finalize(decided)
    assert.is(verified, length)
    assert.is(ledger.head.epoch, 1)
    // The head is another one.
    assert.throws(
      () => ledger.checkCertificate(decided),
      (error: LedgerError) => error.code === 'certificate',
    )
    assert.is(verified, length)
  }))

test('T13: the last certificate has to be the one that the checkpoint names', () =>
  opened(async lone => {
    const first = lone.decided(await lone.value([]))
    const others = lone.decided({ ...first, checkpoint: first.checkpointBlock }, [1, 2, 3]).certificateBlock
    const early = await untouched(lone, () => lone.ledger.finalize({ ...first, lastCertificate: others }))
    assert.is(early?.code, 'certificate')
    await lone.ledger.finalize(first)
    const second = lone.decided(await lone.value([]))
    for (const lastCertificate of [others, null]) {
      const refusal = await untouched(lone, () => lone.ledger.finalize({ ...second, lastCertificate }))
      assert.is(refusal?.code, 'certificate')
    }
  }))

test('under rules that this version does not know, nothing is executed', () =>
  opened(async lone => {
    const later = encodeCell(paramsCodec, { ...lone.ledger.head.params, protocol: protocolKnown + 1 })
    await lone.store.write([{ key: stateKey(paramsKey), value: later }], { sync: false })
    const refusal = await untouched(lone, async () => void (await lone.value([])))
    assert.is(refusal?.code, 'protocol')
  }))

test('T4: other roots than the own are never applied', () =>
  opened(async lone => {
    for (const field of ['stateRoot', 'payoutRoot', 'flowRoot', 'batchesRoot'] as const) {
      const decided = lone.decided(await lone.value([], { [field]: new Uint8Array(32) }))
      const refusal = await untouched(lone, () => lone.ledger.finalize(decided))
      assert.equal([refusal?.code, refusal?.facts.differing], ['diverged', [field]])
    }
  }))

test('T4: a decided cut that breaks a rule here is a divergence too, a missing batch is not', () =>
  opened(async lone => {
    const ana = nodes.author('ana')
    const [first, second] = [ana.transfer(), ana.transfer()]
    const value = await lone.value([])
    const cutOf = (seq: number) => [{ author: ana.account, seq, batch: second.cid }]
    const missing = await untouched(lone, () => lone.ledger.finalize(lone.decided({ ...value, cut: cutOf(2) })))
    assert.is(missing?.code, 'cut-missing-batch')
    for (const { bytes } of [first, second]) await lone.ingest.take(bytes, { durable: false })
    const broken = await untouched(lone, () => lone.ledger.finalize(lone.decided({ ...value, cut: cutOf(1) })))
    assert.is(broken?.code, 'diverged')
    const other = await untouched(lone, () => lone.ledger.finalize(lone.decided({ ...value, cut: cutOf(2) })))
    assert.equal([other?.code, `${other?.facts.differing}`.startsWith('batchesRoot')], ['diverged', true])
    assert.is(lone.store.outcomes.get(first.cid), undefined)
  }))

test('epochs out of order change nothing', () =>
  opened(async lone => {
    const first = lone.decided(await lone.value([]))
    await lone.ledger.finalize(first)
    const second = lone.decided(await lone.value([]))
    assert.is(await untouched(lone, () => lone.ledger.finalize({ ...second, epoch: 3 })), undefined)
    assert.is(await untouched(lone, () => lone.ledger.finalize(first)), undefined)
    await lone.ledger.finalize(second)
    assert.is(lone.ledger.head.epoch, 2)
  }))

test('a failure of the engine comes out, and the ledger stands where it stood', () =>
  opened(async lone => {
    const decided = lone.decided(await lone.value([]))
    const engine = { execute: () => Promise.reject(new Error('crashed')), commit: () => Promise.reject(new Error()) }
    const ledger = new Ledger(lone.store, nodes.chain, engine)
    const error = await ledger.finalize(decided).catch((reason: Error) => reason.message)
    assert.is(error, 'crashed')
    assert.is(ledger.head.epoch, 0)
  }))
