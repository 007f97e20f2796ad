import { cpSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { messageBytes, type VoteType } from '../../../consensus/agreement/message.ts'
import { nameValue, type ProposedValue } from '../../../consensus/agreement/proposal.ts'
import { proposerOf } from '../../../consensus/agreement/proposer.ts'
import type { Vote } from '../../../consensus/agreement/vote.ts'
import { toHex } from '../../../consensus/bytes.ts'
import type { Cid } from '../../../consensus/cid.ts'
import { nativeCrypto as crypto } from '../../../src/crypto/native.ts'
import { AgreementHost, type AgreementHostOptions } from '../../../src/node/agreement-host.ts'
import { decodeAttempt } from '../../../src/node/agreement-messages.ts'
import { LoneLedger } from '../../fixtures/lone-ledger.ts'
import { Nodes } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'
import { quiet } from '../../network/net.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('node/agreement-host')
const nodes = new Nodes({ params: { epochMs: 100 } })
const timeoutsMs = { propose: 150, prevote: 60, precommit: 60, growth: 0, cap: 150 }

/** A validator whose peers are the test: what it signs, and what it tells, is on record. */
class Watched {
  readonly host: AgreementHost
  readonly lone: LoneLedger
  readonly self: number
  /** Message bytes by what identifies them for T7: everything up to the round. */
  readonly signed = new Map<string, Set<string>>()
  readonly told: string[] = []
  readonly published: Uint8Array[] = []
  readonly failures: Error[] = []
  behind = 0

  constructor(lone: LoneLedger, self: number, options: Partial<AgreementHostOptions> = {}) {
    this.lone = lone
    this.self = self
    const key = lone.voteKey(self)
    const sign = (message: Uint8Array): Uint8Array => {
      // Domain, chain, type, epoch and round.
      const slot = toHex(message.subarray(0, 'openledger/vote/1'.length + 1 + 36 + 1 + 8 + 4))
      this.signed.set(slot, (this.signed.get(slot) ?? new Set()).add(toHex(message)))
      this.told.push('signed')
      return key.sign(message)
    }
    this.host = new AgreementHost({
      ledger: lone.ledger,
      judge: { judge: async () => undefined },
      context: () => lone.context(),
      written: () => lone.ingest.written(),
      voteKey: { publicKey: key.publicKey, sign },
      publish: (_, bytes) => {
        this.told.push('published')
        this.published.push(bytes)
      },
      onBehind: () => this.behind++,
      onEvidence: () => {},
      onFatal: error => this.failures.push(error),
      now: Date.now,
      log: quiet,
      timeoutsMs,
      ...options,
    })
  }

  /** Votes of all others, or of some. */
  hear(type: VoteType, round: number, checkpoint: Cid | null, from = this.others, validRound = -1): void {
    const vote: Vote = { type, epoch: this.lone.ledger.head.epoch + 1, round, checkpoint, validRound }
    for (const index of from) this.host.take({ kind: 'vote', vote: this.lone.vote(vote, index) }, 'peer')
  }

  propose(value: ProposedValue, round: number, validRound = -1): void {
    this.host.take({ kind: 'proposal', proposal: this.lone.proposal(value, round, validRound) }, 'peer')
  }

  get others(): number[] {
    return [0, 1, 2, 3].filter(index => index !== this.self)
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    await nodes.until(what, condition, 8_000)
  }
}

/** Whose turn it is in round 1 of epoch 1, and in no round right before or after. */
function secondProposer(lone: LoneLedger): number {
  return proposerOf(lone.ledger.head.validators, 1, 1)
}

/** Two rounds and a lock: prevote and precommit for a value in round 0, the same proposed again in round 1. */
async function live(node: Watched, value: ProposedValue): Promise<void> {
  const { id } = nameValue(crypto, value)
  node.host.start()
  node.hear('prevote', 0, id, node.others.slice(0, 2))
  node.propose(value, 0)
  await node.until('locked', () => node.host.state.locked?.round === 0)
  node.hear('precommit', 0, null)
  await node.until('round 1', () => node.host.round === 1)
  await node.until('proposed again', () =>
    node.host.state.own.some(({ type, round }) => type === 'proposal' && round === 1),
  )
  node.hear('prevote', 1, null)
  node.hear('precommit', 1, null)
  await node.until('round 2', () => node.host.round === 2)
  await node.until('voted there', () => node.host.state.step !== 'propose')
}

/** What tempts a validator that forgot: another value, in every round, and votes for it. */
async function tempt(node: Watched, value: ProposedValue): Promise<void> {
  const { id } = nameValue(crypto, value)
  node.host.start()
  for (const round of [0, 1, 2]) {
    if (proposerOf(node.lone.ledger.head.validators, 1, round) !== node.self) node.propose(value, round)
    node.hear('prevote', round, id, node.others.slice(0, 2))
    await sleep(60)
  }
  await sleep(150)
}

test('T7: after a crash at any durable write no second message is ever signed', async () => {
  const dir = tempFolder()
  const lone = await LoneLedger.open(nodes, dir)
  const value = await lone.value([])
  const rival = await lone.value([], { time: lone.ledger.head.time + 7 })
  const node = new Watched(lone, secondProposer(lone))
  /** A folder as of each write, and what had left before the next. */
  const crashes: { dir: string; signed: Map<string, Set<string>> }[] = []
  const put = lone.store.agreement.put.bind(lone.store.agreement)
  const signedSoFar = () => new Map([...node.signed].map(([slot, messages]) => [slot, new Set(messages)]))
  lone.store.agreement.put = async (bytes, options) => {
    assert.equal(options, { sync: true })
    if (crashes.length > 0) crashes.at(-1)!.signed = signedSoFar()
    await put(bytes, options)
    const copy = tempFolder()
    cpSync(dir, copy, { recursive: true, filter: path => !path.endsWith('LOCK') })
    crashes.push({ dir: copy, signed: new Map() })
  }
  await live(node, value)
  node.host.stop()
  crashes.at(-1)!.signed = signedSoFar()
  await lone.close()
  assert.ok(crashes.length >= 5, `${crashes.length} writes`)
  assert.ok([...node.signed.values()].every(messages => messages.size === 1))

  let signedAgain = 0
  for (const crash of crashes) {
    const revived = await LoneLedger.open(nodes, crash.dir)
    const again = new Watched(revived, node.self)
    await tempt(again, rival)
    again.host.stop()
    await revived.close()
    assert.equal(again.failures, [])
    for (const [slot, messages] of again.signed) {
      const before = crash.signed.get(slot) ?? new Set()
      if (before.size > 0) signedAgain++
      assert.is(new Set([...before, ...messages]).size, 1, 'two messages for one epoch, round and type')
    }
  }
  assert.ok(signedAgain > 0, 'what may not have left is signed once more')
})

test('T7: nothing is signed or told before the write that it rests on has returned', async () => {
  const lone = await LoneLedger.open(nodes, tempFolder())
  const node = new Watched(lone, secondProposer(lone))
  const put = lone.store.agreement.put.bind(lone.store.agreement)
  lone.store.agreement.put = async (bytes, options) => {
    node.told.push('write begins')
    await sleep(20)
    node.host.resend()
    await put(bytes, options)
    node.told.push('written')
  }
  await live(node, await lone.value([]))
  node.host.stop()
  await lone.close()
  let durable = false
  for (const what of node.told) {
    if (what === 'write begins') durable = false
    else if (what === 'written') durable = true
    else if (what === 'signed') assert.ok(durable, 'signed before it was durable')
  }
  assert.is(
    node.told.find(what => what !== 'write begins'),
    'written',
    'the first word leaves after the first write',
  )
})

test('T7: a disk that takes no more stops the node, and nothing leaves', async () => {
  const lone = await LoneLedger.open(nodes, tempFolder())
  const node = new Watched(lone, secondProposer(lone))
  lone.store.agreement.put = () => Promise.reject(new Error('no space left'))
  node.host.start()
  node.hear('prevote', 0, null)
  await node.until('it failed', () => node.failures.length > 0)
  assert.is(node.failures[0]!.message, 'no space left')
  assert.equal([node.published.length, node.signed.size], [0, 0])
  node.host.stop()
  await lone.close()
})

test('T9: round 0 is due after the pause with something to finalize, at once where a third has voted, late in any case', async () => {
  const lone = await LoneLedger.open(nodes, tempFolder())
  const quietly = new Watched(lone, 0)
  quietly.host.start()
  await sleep(250)
  assert.is(quietly.host.round, null, 'nothing to finalize')
  const { bytes } = nodes.author('ana').transfer()
  await lone.ingest.take(bytes, { durable: false })
  quietly.host.poke()
  await quietly.until('a batch after the pause', () => quietly.host.round === 0)
  quietly.host.stop()
  const early = new Watched(lone, 0)
  early.host.start()
  early.host.poke()
  await sleep(20)
  assert.is(early.host.round, null, 'the pause comes first')
  await early.until('the pause is over: no batch need come', () => early.host.round === 0)
  early.host.stop()
  await lone.close()

  const empty = await LoneLedger.open(nodes, tempFolder())
  const idle = new Watched(empty, 0, { idleMs: 300 })
  idle.host.start()
  await idle.until('the long pause is over', () => idle.host.round === 0)
  idle.host.stop()
  const led = new Watched(empty, 0)
  led.host.start()
  led.hear('prevote', 0, null, [1])
  await sleep(20)
  assert.is(led.host.round, null, 'one in four is no third')
  led.hear('prevote', 0, null, [2])
  await led.until('two in four are', () => led.host.round === 0)
  led.host.stop()
  await empty.close()
})

test('T9: what can’t be included is looked at once an epoch, not with every message; what comes is', async () => {
  const lone = await LoneLedger.open(nodes, tempFolder())
  const bo = nodes.author('bo')
  const [first, second] = [bo.transfer(), bo.transfer()]
  await lone.ingest.take(second.bytes, { durable: false })
  const { mempool } = lone
  let looks = 0
  const authors = mempool.authors.bind(mempool)
  mempool.authors = () => {
    looks++
    return authors()
  }
  const node = new Watched(lone, 0)
  node.host.start()
  await node.until('the pause is over', () => looks > 0)
  for (let round = 0; round < 5; round++) node.hear('prevote', round, null, [1])
  assert.equal([looks, node.host.round], [1, null])
  await lone.ingest.take(first.bytes, { durable: false })
  node.host.poke()
  await node.until('the gap is filled', () => node.host.round !== null)
  node.host.stop()
  await lone.close()
})

test('a proposer that signs ever new values fills no memory', async () => {
  const lone = await LoneLedger.open(nodes, tempFolder())
  const proposer = proposerOf(lone.ledger.head.validators, 1, 0)
  const node = new Watched(lone, (proposer + 1) % 4)
  node.host.start()
  for (let i = 1; i <= 40; i++) node.propose(await lone.value([], { time: lone.ledger.head.time + i }), 0)
  await sleep(50)
  const { proposals, votes, certificates } = node.host.answer({
    epoch: 1,
    round: 0,
    prevotes: new Uint8Array(),
    precommits: new Uint8Array(),
  })
  assert.ok(proposals.length <= 4)
  assert.equal([votes, certificates], [[], []])
  assert.ok(node.host.heldValues <= 4, `${node.host.heldValues} values`)
  node.host.stop()
  await lone.close()
})

test('T3, T6: forged, late and early messages are told apart; early ones count when their epoch begins', async () => {
  const lone = await LoneLedger.open(nodes, tempFolder())
  const node = new Watched(lone, 0)
  const vote: Vote = { type: 'prevote', epoch: 1, round: 0, checkpoint: null, validRound: -1 }
  assert.is(node.host.take({ kind: 'vote', vote: lone.vote(vote, 1) }, 'peer'), 'old', 'before the start')
  node.host.start()
  assert.is(node.host.take({ kind: 'vote', vote: { ...lone.vote(vote, 1), validator: 2 } }, 'peer'), 'forged')
  assert.is(node.host.take({ kind: 'vote', vote: { ...lone.vote(vote, 1), validator: 9 } }, 'peer'), 'forged')
  assert.is(node.host.take({ kind: 'vote', vote: lone.vote({ ...vote, epoch: 3 }, 1) }, 'peer'), 'ahead')
  const next = { ...vote, epoch: 2 }
  for (const index of [1, 2]) assert.is(node.host.take({ kind: 'vote', vote: lone.vote(next, index) }, 'peer'), 'early')
  await lone.ledger.finalize(lone.decided(await lone.value([])))
  await node.until('it begins with them', () => node.host.round === 0 && node.host.state.epoch === 2)
  assert.is(node.host.take({ kind: 'vote', vote: lone.vote(vote, 1) }, 'peer'), 'old')
  node.host.haltAfter(1)
  assert.is(node.host.take({ kind: 'vote', vote: lone.vote(next, 3) }, 'peer'), 'old', 'beyond the halt')
  node.host.stop()
  await lone.close()
})

test('T4: peers that commit to what is refused here are asked for what they decided', async () => {
  const lone = await LoneLedger.open(nodes, tempFolder())
  const proposer = proposerOf(lone.ledger.head.validators, 1, 0)
  const node = new Watched(lone, (proposer + 1) % 4, { judge: { judge: async () => 'another stateRoot' } })
  const value = await lone.value([], { stateRoot: new Uint8Array(32) })
  const { id } = nameValue(crypto, value)
  node.host.start()
  node.hear('prevote', 0, id)
  node.hear('precommit', 0, id)
  node.propose(value, 0)
  await node.until('it asks and votes', () => node.behind > 0 && node.published.length > 0)
  assert.is(lone.ledger.head.epoch, 0)
  const voted = node.published.map(decodeAttempt).filter(message => message.kind === 'vote')
  assert.not(voted.some(({ vote }) => vote.checkpoint !== null))
  node.host.stop()
  await lone.close()
})

test('T4: what a validator finds valid and a quorum commits to becomes final', async () => {
  const lone = await LoneLedger.open(nodes, tempFolder())
  const proposer = proposerOf(lone.ledger.head.validators, 1, 0)
  const node = new Watched(lone, (proposer + 1) % 4)
  const value = await lone.value([])
  const { id } = nameValue(crypto, value)
  node.host.start()
  node.propose(value, 0)
  node.hear('prevote', 0, id)
  node.hear('precommit', 0, id)
  await node.until('final', () => lone.ledger.head.epoch === 1)
  assert.is(`${lone.ledger.head.cid}`, `${id}`)
  const { certificates } = node.host.answer({
    epoch: 1,
    round: 0,
    prevotes: new Uint8Array(),
    precommits: new Uint8Array(),
  })
  assert.is(certificates.length, 1, 'who asks about it is told')
  assert.equal(node.failures, [])
  node.host.stop()
  await lone.close()
})

test('T8: own messages are sent again under a new number, and nothing while nothing has begun', async () => {
  const lone = await LoneLedger.open(nodes, tempFolder())
  const node = new Watched(lone, 0)
  node.host.start()
  node.host.resend()
  assert.is(node.published.length, 0)
  node.hear('prevote', 0, null, [1, 2])
  await node.until('a vote is sent', () => node.published.length > 0)
  const { length } = node.published
  node.host.resend()
  node.host.resend()
  const texts = new Set(node.published.map(toHex))
  assert.ok(node.published.length >= length + 2)
  assert.is(texts.size, node.published.length, 'no two alike')
  node.host.stop()
  await lone.close()
})

test('T6: what is signed names chain, epoch, round, value and nothing else', async () => {
  const lone = await LoneLedger.open(nodes, tempFolder())
  const node = new Watched(lone, 0)
  node.host.start()
  node.hear('prevote', 0, null, [1, 2])
  await node.until('it votes', () => node.signed.size > 0)
  const vote: Vote = { type: 'prevote', epoch: 1, round: 0, checkpoint: null, validRound: -1 }
  const signed = [...node.signed.values()].flatMap(messages => [...messages])
  assert.ok(signed.includes(toHex(messageBytes(nodes.chain, vote))))
  node.host.stop()
  await lone.close()
})

test('an epoch that others finished while a write was under way leaves no message behind', async () => {
  const lone = await LoneLedger.open(nodes, tempFolder())
  const node = new Watched(lone, 0)
  const put = lone.store.agreement.put.bind(lone.store.agreement)
  const gate = Promise.withResolvers<void>()
  let isWriting = false
  lone.store.agreement.put = async (bytes, options) => {
    isWriting = true
    await gate.promise
    await put(bytes, options)
  }
  node.host.start()
  node.hear('prevote', 0, null, [1, 2])
  await node.until('it is about to vote', () => isWriting)
  await lone.ledger.finalize(lone.decided(await lone.value([])))
  assert.is(node.host.state.epoch, 2)
  gate.resolve()
  await sleep(50)
  assert.equal([node.signed.size, node.published.length, node.failures.length], [0, 0, 0])
  node.hear('prevote', 0, null, [1, 2])
  await node.until('it votes in the next', () => node.published.length > 0)
  node.host.stop()
  await lone.close()
})

test('T8: the value that was wanted last is asked for, also where it was wanted before', async () => {
  const lone = await LoneLedger.open(nodes, tempFolder())
  const node = new Watched(lone, 0)
  node.host.start()
  const [a, b] = [await lone.value([], { time: lone.ledger.head.time + 1 }), await lone.value([])]
  const isAskedFor = (value: typeof a) => node.host.lacks()?.want?.equals(nameValue(crypto, value).id) === true
  node.hear('prevote', 0, nameValue(crypto, a).id, [1, 2, 3])
  await node.until('a is asked for', () => isAskedFor(a))
  node.hear('prevote', 1, nameValue(crypto, b).id, [1, 2, 3])
  await node.until('b is asked for', () => isAskedFor(b))
  node.propose(b, 1)
  node.hear('precommit', 2, nameValue(crypto, a).id, [1, 2, 3])
  await node.until('a is asked for again', () => isAskedFor(a))
  node.host.stop()
  await lone.close()
})

test('T8: a proposal is told to whoever has fewer of its round, or wants it', async () => {
  const lone = await LoneLedger.open(nodes, tempFolder())
  const proposer = proposerOf(lone.ledger.head.validators, 1, 0)
  const node = new Watched(lone, (proposer + 1) % 4)
  node.host.start()
  const value = await lone.value([])
  node.propose(value, 0)
  const none = new Uint8Array()
  const request = { epoch: 1, round: 0, prevotes: none, precommits: none }
  const told = (more: object) => node.host.answer({ ...request, ...more }).proposals.length
  assert.equal([told({}), told({ proposals: 0 }), told({ proposals: 1 })], [1, 1, 0])
  assert.is(told({ proposals: 1, want: nameValue(crypto, value).id }), 1)
  assert.is(told({ round: 1 }), 0)
  node.hear('prevote', 0, null, [proposer, (proposer + 2) % 4])
  await node.until('it asks', () => node.host.lacks() !== undefined)
  assert.is(node.host.lacks()?.proposals, 1)
  node.host.stop()
  await lone.close()
})

test('what can’t be had is no longer asked for once its round is over, until a quorum stands behind it', async () => {
  const lone = await LoneLedger.open(nodes, tempFolder())
  const proposer = proposerOf(lone.ledger.head.validators, 1, 0)
  let asked = 0
  const judge = async () => {
    asked++
    return 'missing' as const
  }
  const node = new Watched(lone, (proposer + 1) % 4, { judge: { judge } })
  node.host.start()
  const value = await lone.value([])
  node.propose(value, 0)
  node.hear('prevote', 0, null)
  await node.until('asked for again in its round', () => asked > 1)
  node.hear('precommit', 0, null)
  await node.until('round 1', () => (node.host.round ?? 0) > 0)
  const before = asked
  await sleep(1_500)
  assert.ok(asked <= before + 1, `${asked - before} times after its round`)
  const stopped = asked
  node.hear('precommit', 1, nameValue(crypto, value).id)
  await node.until('asked for again', () => asked > stopped + 1)
  assert.equal(node.failures, [])
  node.host.stop()
  await lone.close()
})
