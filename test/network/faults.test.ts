import * as assert from 'uvu/assert'
import { FaultInjector } from '../../network/faults.ts'
import type { RequestError } from '../../network/request-error.ts'
import { suite } from '../harness.ts'
import { acceptAll, hears, mesh, stopAll, until } from './net.ts'

const test = suite('network/faults')

test('a partition of two and two cuts what crosses it, and heals', async () => {
  const heard: number[][] = [[], [], [], []]
  const networks = await mesh(4, i => ({
    faults: { seed: i + 1 },
    gossip: {
      ...acceptAll(),
      votes(bytes) {
        heard[i]!.push(bytes[0]!)
        return 'accept'
      },
    },
  }))
  const ids = networks.map(network => network.peerId)
  for (const network of networks) network.faults!.set({ groups: [ids.slice(0, 2), ids.slice(2)] })
  await until('two and two', () => networks.every(network => network.peers().length === 1))
  await networks[0]!.publish('votes', Uint8Array.of(1))
  await until('the own side heard', () => heard[1]!.includes(1))
  const code = await networks[0]!.request.status(ids[2]!, null).catch((error: RequestError) => error.code)
  assert.is(code, 'unreachable')
  assert.equal([heard[2], heard[3]], [[], []])

  for (const network of networks) network.faults!.set({})
  await until('one again', () => networks.every(network => hears(network) === 3))
  await networks[0]!.publish('votes', Uint8Array.of(2))
  await until('gossip flows again', () => heard.slice(1).every(list => list.includes(2)))
  await stopAll()
})

test('latency is added one way, both when answering and when asking', async () => {
  const [a, b] = await mesh(2, i => ({ faults: { seed: i + 1 } }))
  a!.faults!.set({ latencyMs: 40 })
  b!.faults!.set({ latencyMs: 40 })
  const startMs = performance.now()
  await a!.request.status(b!.peerId, null)
  assert.ok(performance.now() - startMs >= 80)
  a!.faults!.set({})
  b!.faults!.set({})
  await stopAll()
})

test('loss takes gossip and requests by chance, and the rest arrives whole and in order', async () => {
  const heard: number[] = []
  const [a, b] = await mesh(2, i => ({
    faults: { seed: i + 1 },
    gossip: {
      ...acceptAll(),
      votes(bytes) {
        heard.push(bytes[0]!)
        return 'accept'
      },
    },
  }))
  b!.faults!.set({ lossPpm: 200_000 })
  for (let i = 0; i < 100; i++) await a!.publish('votes', Uint8Array.of(i))
  await until('all came to a verdict', () => b!.stats().gossip.votes.received === 100)
  assert.ok(heard.length > 60 && heard.length < 95, `${heard.length} heard`)
  assert.equal(
    heard,
    [...heard].sort((x, y) => x - y),
  )
  const outcomes: string[] = []
  for (let i = 0; i < 15; i++) {
    outcomes.push(
      await b!.request.status(a!.peerId, null).then(
        () => 'fine',
        (error: RequestError) => error.code,
      ),
    )
  }
  assert.equal([...new Set(outcomes)].sort(), ['broken-off', 'fine'])
  await stopAll()
})

test('groups: a peer in none reaches all; the seed decides what is lost', () => {
  const faults = new FaultInjector('a', 1)
  assert.ok(faults.reaches('b'))
  faults.set({ groups: [['a', 'b'], ['c']] })
  assert.equal(
    ['b', 'c', 'd'].map(peer => faults.reaches(peer)),
    [true, false, true],
  )
  faults.set({ groups: [['b'], ['c']] })
  assert.ok(faults.reaches('b'))
  const draws = (seed: number) => {
    const injector = new FaultInjector('a', seed)
    injector.set({ lossPpm: 100_000 })
    return Array.from({ length: 2000 }, () => injector.loses())
  }
  assert.equal(draws(5), draws(5))
  assert.not.equal(draws(5), draws(6))
  const lost = draws(7).filter(Boolean).length
  assert.ok(lost > 140 && lost < 260, `${lost} of 2000 at 10 %`)
})
