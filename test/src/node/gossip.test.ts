import * as assert from 'uvu/assert'
import { certificateOf } from '../../../consensus/agreement/certificate.ts'
import type { Vote } from '../../../consensus/agreement/vote.ts'
import { encode } from '../../../consensus/cbor/encode.ts'
import { batchFrame } from '../../../network/protocols/batches.ts'
import type { AgreementHost } from '../../../src/node/agreement-host.ts'
import type { MessageVerdict } from '../../../src/node/agreement-messages.ts'
import { type AgreementMessage, encodeAttempt } from '../../../src/node/agreement-messages.ts'
import { gossipHandlers } from '../../../src/node/gossip.ts'
import { LoneLedger } from '../../fixtures/lone-ledger.ts'
import { Nodes } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('node/gossip')
const nodes = new Nodes()

/** The handlers of a node whose agreement says what it is told to. */
class Ear {
  verdict: MessageVerdict = 'new'
  nowMs = 0
  behind = 0
  /** What the agreement was told, to be verified. */
  taken = 0
  batches = 0
  readonly lone: LoneLedger
  readonly hear

  constructor(lone: LoneLedger) {
    this.lone = lone
    const take = () => {
      this.taken++
      return this.verdict
    }
    const agreement = { take } as unknown as AgreementHost
    this.hear = gossipHandlers({
      ingest: lone.ingest,
      agreement: () => agreement,
      onBatch: () => this.batches++,
      onBehind: () => this.behind++,
      now: () => this.nowMs,
    })
  }

  vote(attempt: number, round = 0): unknown {
    const vote: Vote = { type: 'prevote', epoch: 1, round, checkpoint: null, validRound: -1 }
    const message: AgreementMessage = { kind: 'vote', vote: this.lone.vote(vote, 0) }
    return this.hear.votes(encodeAttempt(attempt, message), 'peer')
  }
}

async function listening(body: (ear: Ear) => Promise<void>): Promise<void> {
  const lone = await LoneLedger.open(nodes, tempFolder())
  await body(new Ear(lone))
  await lone.close()
}

test('a batch is passed on once; what is wrong with it is held against the sender', () =>
  listening(async ear => {
    const { bytes } = nodes.author('ana').transfer()
    const frame = batchFrame.encode(bytes)
    assert.is(await ear.hear.batches(frame, 'peer'), 'accept')
    assert.is(await ear.hear.batches(frame, 'peer'), 'ignore')
    assert.is(ear.batches, 1)
    assert.is(await ear.hear.batches(batchFrame.encode({ ...bytes, signature: new Uint8Array(64) }), 'peer'), 'reject')
    assert.is(await ear.hear.batches(Uint8Array.of(0xff), 'peer'), 'reject')
  }))

test('a failing store is not held against the sender', () =>
  listening(async ear => {
    ear.lone.store.putBatches = () => Promise.reject(new Error('no space left'))
    const frame = batchFrame.encode(nodes.author('ana').transfer().bytes)
    const outcome = await Promise.resolve(ear.hear.batches(frame, 'peer')).catch((error: Error) => error.message)
    assert.is(outcome, 'no space left')
  }))

test('T8: one message is passed on once a second, whatever its attempt number', () =>
  listening(async ear => {
    assert.is(await ear.vote(1), 'accept')
    for (const attempt of [2, 30, 300, 70_000]) assert.is(await ear.vote(attempt), 'ignore')
    assert.is(await ear.vote(2, 1), 'accept')
    ear.nowMs = 1_000
    assert.is(await ear.vote(3), 'accept')
  }))

test('T8: what came just now is not verified again, under any number, nor a certificate with other signers', () =>
  listening(async ear => {
    for (const attempt of [1, 2, 3]) await ear.vote(attempt)
    assert.is(ear.taken, 1)
    const certificate = (round: number, ...signers: number[]) => {
      const vote: Vote = { type: 'precommit', epoch: 1, round, checkpoint: null, validRound: -1 }
      const made = certificateOf(signers.map(signer => ear.lone.vote(vote, signer)))
      return ear.hear.votes(encodeAttempt(0, { kind: 'certificate', certificate: made }), 'peer')
    }
    assert.is(await certificate(0, 0, 1, 2), 'accept')
    assert.is(await certificate(0, 0, 1, 3), 'ignore')
    assert.is(await certificate(0, 0, 1, 2, 3), 'ignore')
    assert.is(ear.taken, 2)
    assert.is(await certificate(1, 0, 1, 2), 'accept')
    ear.nowMs = 1_000
    assert.is(await certificate(0, 0, 1, 3), 'accept')
    ear.verdict = 'forged'
    assert.is(await certificate(2, 0, 1, 2), 'reject')
    ear.verdict = 'new'
    assert.is(await certificate(2, 0, 1, 3), 'accept', 'what was forged shadows nothing')
  }))

test('T8: who signs votes of any number of rounds is counted, and not passed on beyond its share', () =>
  listening(async ear => {
    const verdicts: unknown[] = []
    for (let round = 0; round < 100; round++) verdicts.push(await ear.vote(0, round))
    assert.is(verdicts.filter(verdict => verdict === 'accept').length, 64)
    assert.is(ear.taken, 100)
  }))

test('what the agreement says of a message decides about passing it on', () =>
  listening(async ear => {
    const outcomes: unknown[] = []
    for (const verdict of ['new', 'early', 'old', 'ahead', 'forged'] as const) {
      ear.verdict = verdict
      outcomes.push(await ear.vote(0, outcomes.length))
    }
    assert.equal(outcomes, ['accept', 'accept', 'ignore', 'ignore', 'reject'])
    assert.is(ear.behind, 1)
  }))

test('a message on the wrong topic, or none at all, is rejected', () =>
  listening(async ear => {
    const vote = ear.lone.vote({ type: 'prevote', epoch: 1, round: 0, checkpoint: null, validRound: -1 }, 0)
    assert.is(await ear.hear.proposals(encodeAttempt(0, { kind: 'vote', vote }), 'peer'), 'reject')
    for (const bytes of [new Uint8Array(), Uint8Array.of(0xff), encode([]), encode([0, 1, null])])
      assert.is(await ear.hear.votes(bytes, 'peer'), 'reject')
  }))
