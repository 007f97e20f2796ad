import * as assert from 'uvu/assert'
import { gossipBytesMax, gossipPendingPerPeer } from '../../network/limits.ts'
import type { Verdict } from '../../network/network.ts'
import { suite } from '../harness.ts'
import { acceptAll, hears, mesh, start, stopAll, until } from './net.ts'

const test = suite('network/gossip')
const text = (words: string) => new TextEncoder().encode(words)

test('a message of one reaches the three others once, and not its sender', async () => {
  const heard: string[][] = [[], [], [], []]
  const networks = await mesh(4, i => ({
    gossip: {
      ...acceptAll(),
      votes(bytes) {
        heard[i]!.push(new TextDecoder().decode(bytes))
        return 'accept'
      },
    },
  }))
  for (const [i, network] of networks.entries()) await network.publish('votes', text(`vote of ${i}`))
  await until('all heard', () => heard.every(list => list.length >= 3))
  for (const [i, list] of heard.entries()) {
    assert.equal(
      list.sort(),
      [0, 1, 2, 3].filter(j => j !== i).map(j => `vote of ${j}`),
    )
  }
  await stopAll()
})

test('a small message that is kept keeps no large buffer', async () => {
  const kept: Uint8Array[] = []
  const [a] = await mesh(2, () => ({
    gossip: {
      ...acceptAll(),
      votes(bytes) {
        kept.push(bytes)
        return 'accept'
      },
    },
  }))
  // Together they arrive in one piece.
  await Promise.all(Array.from({ length: 20 }, (_, i) => a!.publish('votes', text(`vote ${i}`))))
  await until('all came', () => kept.length === 20)
  for (const bytes of kept) {
    assert.ok(bytes.buffer.byteLength <= 2 * bytes.length, `${bytes.length} of ${bytes.buffer.byteLength}`)
  }
  await stopAll()
})

test('a full batch and a large proposal pass; one byte more is not sent', async () => {
  const lengths: number[] = []
  const take = (bytes: Uint8Array): Verdict => {
    lengths.push(bytes.length)
    return 'accept'
  }
  const [a] = await mesh(2, i => (i === 1 ? { gossip: { batches: take, proposals: take, votes: take } } : {}))
  for (const topic of ['batches', 'proposals', 'votes'] as const) {
    await a!.publish(topic, new Uint8Array(gossipBytesMax[topic] + 1))
    await a!.publish(topic, new Uint8Array(gossipBytesMax[topic]))
  }
  await until('all came', () => lengths.length === 3)
  assert.equal(
    lengths.sort((x, y) => x - y),
    Object.values(gossipBytesMax).sort((x, y) => x - y),
  )
  await stopAll()
})

test('only what a node accepts is passed on', async () => {
  const heard: string[] = []
  const verdicts: Record<string, Verdict> = { good: 'accept', old: 'ignore' }
  const middle = await start({
    gossip: { ...acceptAll(), votes: async bytes => verdicts[new TextDecoder().decode(bytes)] ?? 'reject' },
  })
  const left = await start({ bootstrap: middle.addrs(), peersTarget: 0 })
  const right = await start({
    bootstrap: middle.addrs(),
    peersTarget: 0,
    gossip: {
      ...acceptAll(),
      votes(bytes) {
        heard.push(new TextDecoder().decode(bytes))
        return 'accept'
      },
    },
  })
  await until('connected', () => hears(middle) === 2 && hears(left) === 1)
  // Messages of others go to peers in the mesh alone, and time in the mesh is what earns a first score.
  await until('in the mesh', () => middle.peers().every(peer => peer.score > 0))
  for (const words of ['old', 'good']) await left.publish('votes', text(words))
  await until('the good one came', () => heard.includes('good'))
  assert.equal(heard, ['good'])
  assert.is(right.peers().length, 1)
  await stopAll()
})

test('one that rejects sees the sender lose its score, and then bans it', async () => {
  const [a, b] = await mesh(2, i => (i === 0 ? { gossip: { ...acceptAll(), votes: () => 'reject' } } : {}))
  let gone = ''
  a!.on('disconnect', peer => {
    gone = peer
  })
  await b!.publish('votes', text('wrong 1'))
  await until('rejected', () => a!.stats().gossip.votes.rejected === 1)
  await until('score falls', () => a!.peers()[0]!.score < 0)
  for (let i = 2; i <= 3; i++) await b!.publish('votes', text(`wrong ${i}`))
  await until('banned', () => gone === b!.peerId)
  assert.is(a!.stats().bans, 1)
  assert.equal(a!.peers(), [])
  await stopAll()
})

test('a handler that throws or hangs stops nobody; too many waiting are dropped', async () => {
  const heard: number[] = []
  const hang = Promise.withResolvers<Verdict>()
  const [a, b] = await mesh(2, i =>
    i === 0
      ? {
          gossip: {
            batches: () => hang.promise,
            proposals() {
              throw new Error('on purpose')
            },
            votes(bytes) {
              heard.push(bytes[0]!)
              return 'accept'
            },
          },
        }
      : {},
  )
  await b!.publish('proposals', Uint8Array.of(1))
  await until('thrown', () => a!.stats().gossip.proposals.ignored === 1)
  for (let i = 0; i < gossipPendingPerPeer + 10; i++) await b!.publish('batches', Uint8Array.of(i & 255, i >> 8))
  await until('overflow', () => a!.stats().gossip.batches.overflowed >= 10)
  hang.resolve('accept')
  await until('room again', () => a!.stats().gossip.batches.accepted === gossipPendingPerPeer)
  await b!.publish('votes', Uint8Array.of(42))
  await until('heard', () => heard.length === 1)
  await stopAll()
})

test('publishing alone is fine', async () => {
  const alone = await start()
  await alone.publish('votes', text('anybody?'))
  await alone.publish('votes', text('anybody?'))
  assert.is(alone.stats().gossip.votes.published, 2)
  await stopAll()
})

test('a steady flow of small messages between four nodes loses none', async () => {
  const networks = await mesh(4)
  const perNode = 250
  for (let i = 0; i < perNode; i++) {
    for (const [j, network] of networks.entries()) void network.publish('votes', Uint8Array.of(j, i & 255, i >> 8, 0))
    if (i % 5 === 0) await new Promise(resolve => setTimeout(resolve, 10))
  }
  await until('all came', () => networks.every(network => network.stats().gossip.votes.accepted === 3 * perNode))
  await stopAll()
})
