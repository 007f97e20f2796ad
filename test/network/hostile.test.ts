import { connect } from 'node:net'
import { noise } from '@chainsafe/libp2p-noise'
import type { Libp2p, Stream } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import * as assert from 'uvu/assert'
import { FrameReader } from '../../network/framing.ts'
import { requestReadMs, statusLimits } from '../../network/limits.ts'
import type { Network } from '../../network/network.ts'
import { protocolId } from '../../network/protocol.ts'
import { protocols } from '../../network/protocols/index.ts'
import type { RequestError } from '../../network/request-error.ts'
import { suite } from '../harness.ts'
import { handlers, start, stopAll, until } from './net.ts'

const test = suite('network/hostile')
const attackers: Libp2p[] = []

/** A peer that keeps no rules. */
async function attacker(): Promise<Libp2p> {
  const libp2p = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
  })
  attackers.push(libp2p)
  return libp2p
}

async function open(from: Libp2p, to: Network, protocol: { name: string }): Promise<Stream> {
  return await from.dialProtocol(multiaddr(to.addrs()[0]!), protocolId(protocol))
}

function frame(length: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + payload.length)
  new DataView(bytes.buffer).setUint32(0, length)
  bytes.set(payload, 4)
  return bytes
}

async function serves(victim: Network): Promise<void> {
  const honest = await start()
  await honest.connect(victim.addrs()[0]!)
  assert.is((await honest.request.status(victim.peerId, null)).epoch, 7)
  await honest.stop()
}

async function stopEverybody(): Promise<void> {
  await stopAll()
  await Promise.all(attackers.splice(0).map(libp2p => libp2p.stop()))
}

test('garbage on a protocol is refused, and three times of it a ban; others are served', async () => {
  for (const protocol of Object.values(protocols)) {
    // Each has its own: so many connections from one host within a second would be too many for one.
    const victim = await start()
    const evil = await attacker()
    for (let i = 0; i < 3; i++) {
      const stream = await open(evil, victim, protocol)
      const reader = new FrameReader(stream, 1000)
      stream.send(frame(5, Uint8Array.of(0xff, 1, 2, 3, 4)))
      const answer = await reader.next(100, AbortSignal.timeout(2_000)).catch(() => undefined)
      if (i < 2) assert.is(answer?.[0], 2, `${protocol.name}: a refusal`)
    }
    await until(`${protocol.name}: banned`, () => !victim.peers().some(peer => peer.id === evil.peerId.toString()))
    await until('closed at both ends', () => evil.getConnections().length === 0)
    await rejects(open(evil, victim, protocol))
    assert.is(victim.stats().bans, 1)
    await serves(victim)
  }
  await stopEverybody()
})

test('a length above the limit is refused before the bytes come', async () => {
  const victim = await start()
  const evil = await attacker()
  const stream = await open(evil, victim, protocols.submit)
  stream.send(frame(0xffff_ffff, new Uint8Array(10)))
  await until('held against it', () => victim.stats().penalties === 1, requestReadMs / 2)
  await serves(victim)
  await stopEverybody()
})

test('a stream without a request is closed after a while, so is a socket without a handshake', async () => {
  const victim = await start()
  const evil = await attacker()
  const silent = await open(evil, victim, protocols.batches)
  const slow = await open(evil, victim, protocols.status)
  slow.send(Uint8Array.of(0, 0))
  const port = Number(multiaddr(victim.addrs()[0]!).getComponents()[1]!.value)
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  const startMs = performance.now()
  await until(
    'closed',
    () => silent.status !== 'open' && slow.status !== 'open' && socket.destroyed,
    requestReadMs + 3_000,
  )
  assert.ok(performance.now() - startMs > requestReadMs / 2)
  assert.is(victim.stats().penalties, 0, 'slow is no offence')
  await serves(victim)
  await stopEverybody()
})

test('more streams than are served get a refusal or are cut; a flood is an offence', async () => {
  const hang = new Promise<never>(() => {})
  const victim = await start({ handlers: { ...handlers(), votes: () => hang } })
  const evil = await attacker()
  const none = new Uint8Array(0)
  const request = protocols.votes.request.encode({ epoch: 1, round: 0, prevotes: none, precommits: none })
  const streams: Stream[] = []
  for (let i = 0; i < 30; i++) {
    const stream = await open(evil, victim, protocols.votes)
    streams.push(stream)
    try {
      stream.send(frame(request.length, request))
    } catch {
      // Cut off already.
    }
  }
  const held = () => streams.filter(stream => stream.status === 'open').length
  await until('the others are cut', () => held() <= 2 * protocols.votes.limits.inflightPerPeer)
  await serves(victim)
  assert.ok(held() > 0, 'those that are served go on')
  assert.is(victim.stats().penalties, 0)
  for (let i = 0; i < 3 * statusLimits.burst && evil.getConnections().length > 0; i++) {
    const stream = await open(evil, victim, protocols.status).catch(() => undefined)
    stream?.abort(new Error('next'))
  }
  await until('an offence', () => victim.stats().penalties > 0)
  await serves(victim)
  await stopEverybody()
})

test('a liar among the servers: malformed, endless and broken answers are told apart', async () => {
  const evil = await attacker()
  const asker = await start({ peersTarget: 0 })
  const answers: Record<string, (stream: Stream) => void> = {
    malformed: stream => stream.send(frame(3, Uint8Array.of(0, 0xff, 0xff))),
    endless: stream => {
      for (let i = 0; i < 100; i++) stream.send(frame(2, Uint8Array.of(0, 0xf6)))
    },
    huge: stream => stream.send(frame(0x7fff_ffff, new Uint8Array(100))),
    cut: stream => {
      stream.send(frame(100, new Uint8Array(10)))
      void stream.close()
    },
    nothing: stream => void stream.close(),
    reset: stream => stream.abort(new Error('on purpose')),
  }
  let current = 'malformed'
  await evil.handle(protocolId(protocols.status), stream => answers[current]!(stream))
  await asker.connect(`${evil.getMultiaddrs()[0]}`)
  const codes: Record<string, string> = {}
  for (current of ['cut', 'nothing', 'reset', 'malformed', 'huge', 'endless']) {
    codes[current] = await asker.request.status(evil.peerId.toString(), null).then(
      () => 'taken',
      (error: RequestError) => error.code,
    )
  }
  assert.equal(codes, {
    cut: 'broken-off',
    nothing: 'broken-off',
    reset: 'broken-off',
    malformed: 'malformed',
    huge: 'malformed',
    endless: 'malformed',
  })
  assert.is(asker.stats().bans, 1)
  await stopEverybody()
})

async function rejects(promise: Promise<unknown>): Promise<void> {
  const outcome = await promise.then(
    () => 'fulfilled',
    () => 'rejected',
  )
  assert.is(outcome, 'rejected')
}
