import { setTimeout as sleep } from 'node:timers/promises'
import { type GossipSub, gossipsub, StrictNoSign } from '@chainsafe/libp2p-gossipsub'
import { noise } from '@chainsafe/libp2p-noise'
import { identify } from '@libp2p/identify'
import type { Libp2p } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import * as assert from 'uvu/assert'
import type { Vote } from '../../../consensus/agreement/vote.ts'
import { concat, utf8 } from '../../../consensus/bytes.ts'
import { encode } from '../../../consensus/cbor/encode.ts'
import { endFrame, itemFrame } from '../../../network/answer.ts'
import { writeFrame } from '../../../network/framing.ts'
import { protocolId } from '../../../network/protocol.ts'
import { batchFrame } from '../../../network/protocols/batches.ts'
import { protocols } from '../../../network/protocols/index.ts'
import { topicNames, topicText } from '../../../network/topics.ts'
import { nativeCrypto as crypto } from '../../../src/crypto/native.ts'
import { encodeAttempt } from '../../../src/node/agreement-messages.ts'
import type { Node } from '../../../src/node/node.ts'
import { Nodes } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'

const test = suite('node/hostile')
const nodes = new Nodes()
const ana = nodes.author('ana')
let validators: Node[] = []

test.before(async () => {
  validators = await nodes.startValidators(4)
})
test.after(() => nodes.stopAll())

type Attacker = Libp2p<{ pubsub: GossipSub; identify: unknown }>

/** A peer that gossips whatever it likes. */
async function attacker(): Promise<Attacker> {
  return (await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      pubsub: gossipsub({
        globalSignaturePolicy: StrictNoSign,
        msgIdFn: ({ topic, data }) => crypto.sha256(concat(utf8(topic), data)),
        allowPublishToZeroTopicPeers: true,
        floodPublish: true,
      }),
    },
  })) as unknown as Attacker
}

/** All validators finalize a batch given to the victim. */
async function decidesOn(victim: Node): Promise<void> {
  const { bytes, cid } = ana.transfer()
  await victim.submit(bytes)
  await nodes.final(cid, validators)
  assert.is(victim.halted, null)
}

const knows = (node: Node, peer: string) => node.network.peers().some(({ id }) => id === peer)
const isGone = (victim: Node, evil: Libp2p) => !knows(victim, evil.peerId.toString())

const nonsense = Uint8Array.of(0x83, 0, 9, 0xf6)
const forgedVote = (): Uint8Array => {
  const vote: Vote = {
    type: 'prevote',
    epoch: validators[0]!.ledger.head.epoch + 1,
    round: 0,
    checkpoint: null,
    validRound: -1,
  }
  return encodeAttempt(0, { kind: 'vote', vote: { ...vote, validator: 0, signature: new Uint8Array(64) } })
}
const forgedBatch = (): Uint8Array => {
  const { bytes } = nodes.author('bo').transfer()
  return batchFrame.encode({ ...bytes, signature: new Uint8Array(64) })
}

const attacks: Record<(typeof topicNames)[number], () => Uint8Array[]> = {
  batches: () => [nonsense, forgedBatch(), encode([new Uint8Array(10), new Uint8Array(64), new Uint8Array(10)])],
  proposals: () => [nonsense, encode([0, 0, {}]), encode([0, 1, null])],
  votes: () => [nonsense, forgedVote(), encode([0, 2, { epoch: 1 }])],
}

for (const topic of topicNames) {
  test(`nonsense and forgeries on ${topic} are rejected and held against the sender; the node decides on`, async () => {
    const victim = validators[1]!
    const evil = await attacker()
    evil.services.pubsub.subscribe(topicText(nodes.chain, topic))
    await evil.dial(multiaddr(victim.network.addrs()[0]!))
    const name = topicText(nodes.chain, topic)
    await nodes.until('it is heard', () =>
      evil.services.pubsub.getSubscribers(name).some(id => id.toString() === victim.network.peerId),
    )
    const before = victim.network.stats().gossip[topic].rejected
    for (const bytes of attacks[topic]()) await evil.services.pubsub.publish(name, bytes).catch(() => {})
    await nodes.until('rejected', () => victim.network.stats().gossip[topic].rejected >= before + 3)
    await nodes.until('banned', () => isGone(victim, evil))
    await decidesOn(victim)
    await evil.stop()
  })
}

test('nonsense on every protocol is refused; the node decides on', async () => {
  const victim = validators[2]!
  for (const protocol of Object.values(protocols)) {
    const evil = await attacker()
    for (let i = 0; i < 3; i++) {
      const stream = await evil.dialProtocol(multiaddr(victim.network.addrs()[0]!), protocolId(protocol))
      stream.send(Uint8Array.of(0, 0, 0, 3, 0xff, 1, 2))
      await stream.close().catch(() => {})
    }
    await nodes.until(`${protocol.name}: banned`, () => isGone(victim, evil))
    await evil.stop()
  }
  await decidesOn(victim)
})

test('votes of an epoch far away, which nobody can verify, set no honest peers against each other', async () => {
  const evil = await attacker()
  const name = topicText(nodes.chain, 'votes')
  evil.services.pubsub.subscribe(name)
  for (const node of validators) await evil.dial(multiaddr(node.network.addrs()[0]!))
  await nodes.until('all hear it', () => evil.services.pubsub.getSubscribers(name).length === validators.length)
  const vote: Vote = { type: 'prevote', epoch: 1_000_000, round: 0, checkpoint: null, validRound: -1 }
  const signed = { ...vote, validator: 0, signature: new Uint8Array(64) }
  for (let i = 0; i < 600; i++) {
    await evil.services.pubsub.publish(name, encodeAttempt(i, { kind: 'vote', vote: signed })).catch(() => {})
    await sleep(4)
  }
  for (const node of validators) {
    for (const other of validators)
      assert.ok(node === other || knows(node, other.network.peerId), 'an honest peer is gone')
  }
  await decidesOn(validators[0]!)
  await evil.stop()
})

test('T8: who answers with nonsense when asked for votes is banned', async () => {
  const alone = new Nodes()
  const victim = await alone.start('val0')
  const evil = await attacker()
  const answer = { votes: [nonsense], proposals: [], certificates: [] }
  await evil.handle(protocolId(protocols.votes), async stream => {
    const signal = AbortSignal.timeout(5_000)
    await writeFrame(stream, itemFrame(protocols.votes.item.encode(answer)), signal)
    await writeFrame(stream, endFrame(), signal)
    await stream.close()
  })
  await evil.dial(multiaddr(victim.network.addrs()[0]!))
  await victim.submit(alone.author('ana').transfer().bytes)
  await alone.until('banned', () => victim.network.stats().bans === 1)
  assert.is(victim.network.stats().offences['vote-malformed'], 3)
  await evil.stop()
  await alone.stopAll()
  assert.equal(alone.errors, [])
})

test('nothing of it counts as a failure of the node itself', () => {
  assert.equal(nodes.errors, [])
})
