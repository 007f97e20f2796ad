import * as assert from 'uvu/assert'
import type { Certificate } from '../../../consensus/agreement/certificate.ts'
import { nameValue, type Proposal } from '../../../consensus/agreement/proposal.ts'
import type { SignedVote } from '../../../consensus/agreement/vote.ts'
import { encode } from '../../../consensus/cbor/encode.ts'
import type { Value } from '../../../consensus/cbor/value.ts'
import { Cid } from '../../../consensus/cid.ts'
import type { LedgerError } from '../../../consensus/errors.ts'
import { nativeCrypto as crypto } from '../../../src/crypto/native.ts'
import {
  type AgreementMessage,
  decodeAttempt,
  encodeAttempt,
  epochOf,
  expectKind,
} from '../../../src/node/agreement-messages.ts'
import { EarlyMessages } from '../../../src/node/early-messages.ts'
import { suite } from '../../harness.ts'

const test = suite('node/agreement-messages')
const checkpoint = Cid.fromDigest(new Uint8Array(32).fill(1))
const signature = new Uint8Array(64)

function vote(change: Partial<SignedVote> = {}): AgreementMessage {
  const plain = { type: 'prevote', epoch: 4, round: 2, checkpoint, validRound: -1, validator: 3, signature } as const
  return { kind: 'vote', vote: { ...plain, ...change } }
}

function certificate(round = 2): AgreementMessage {
  const signatures: Certificate['signatures'] = [
    [0, signature],
    [2, signature],
  ]
  return {
    kind: 'certificate',
    certificate: { type: 'precommit', epoch: 5, round, checkpoint, validRound: -1, signatures },
  }
}

function proposal(time = 0): AgreementMessage & { proposal: Proposal } {
  const value = { checkpoint: Uint8Array.of(time), cut: [], lastCertificate: null }
  const named = nameValue(crypto, value)
  return {
    kind: 'proposal',
    proposal: { ...named, epoch: 6, round: 0, validRound: -1, value, validator: 0, signature },
  }
}

test('T8: each kind comes back as it was, whatever its attempt', () => {
  for (const message of [vote(), certificate(), proposal()]) {
    for (const attempt of [0, 23, 24, 255, 256, 65_536, 0xffff_ffff]) {
      assert.equal(decodeAttempt(encodeAttempt(attempt, message)), message)
    }
  }
  assert.equal([vote(), certificate(), proposal()].map(epochOf), [4, 5, 6])
})

test('malformed bytes are refused by name', () => {
  const codeOf = (bytes: Uint8Array) => {
    try {
      decodeAttempt(bytes)
      return 'taken'
    } catch (error) {
      return (error as LedgerError).code
    }
  }
  const good = encodeAttempt(0, vote())
  const wire = (...parts: Value[]) => encode(parts)
  const v = { type: 1, epoch: 4, round: 2, checkpoint, validRound: -1, validator: 3, signature }
  assert.is(codeOf(wire(0, 1, v)), 'taken')
  const malformed = [
    wire(),
    wire(0, 1),
    wire(-1, 1, v),
    wire(0x1_0000_0000, 1, v),
    wire(0, 3, v),
    wire(0, 2, v),
    wire(0, 0, v),
    wire(0, 1, v, 0),
    wire(0, 1, { ...v, extra: 1 }),
    wire(0, 1, { ...v, type: 0 }),
    wire(0, 1, { ...v, epoch: 0 }),
    wire(0, 1, { ...v, validRound: 2 }),
    wire(0, 1, { ...v, signature: new Uint8Array(63) }),
    wire(0, 1, null),
    encode('text'),
  ]
  for (const [i, bytes] of malformed.entries()) assert.is(codeOf(bytes), 'malformed', `case ${i}`)
  for (const bytes of [new Uint8Array(), good.subarray(1), good.subarray(0, -1), Uint8Array.of(...good, 0)])
    assert.ok(['encoding', 'malformed'].includes(codeOf(bytes)))
})

test('a kind on the wrong topic is malformed', () => {
  assert.throws(() => expectKind(vote(), true), /expected a proposal/)
  assert.throws(() => expectKind(proposal(), false), /expected a vote or certificate/)
  expectKind(certificate(), false)
  expectKind(proposal(), true)
})

test('of early proposals those of the lowest rounds are kept, whoever has a turn far ahead', () => {
  const early = new EarlyMessages()
  const { proposal: first } = proposal() as { proposal: Proposal }
  const ofRound = (round: number): AgreementMessage => ({ kind: 'proposal', proposal: { ...first, round } })
  for (const round of [90, 70, 80, 60, 95, 0, 61]) early.add(ofRound(round))
  const rounds = early.take().map(message => message.kind === 'proposal' && message.proposal.round)
  assert.equal(rounds, [70, 60, 0, 61])
})

test('early messages are kept once each, in order, and so many of each validator', () => {
  const early = new EarlyMessages()
  early.add(vote())
  early.add(vote({ signature: new Uint8Array(64).fill(1) }))
  for (let round = 0; round < 100; round++) early.add(vote({ validator: 1, round }))
  for (let time = 0; time < 50; time++) early.add(proposal(time))
  for (let round = 0; round < 50; round++) early.add(certificate(round))
  early.add(vote({ validator: 2 }))
  const kept = early.take()
  const count = (kind: string) => kept.filter(message => message.kind === kind).length
  assert.equal([count('vote'), count('proposal'), count('certificate')], [10, 4, 8])
  assert.equal([kept[0], kept.at(-1)], [vote(), vote({ validator: 2 })])
  assert.equal(early.take(), [])
})
