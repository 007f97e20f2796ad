import * as assert from 'uvu/assert'
import { startClient } from '../../network/client.ts'
import type { RequestError } from '../../network/request-error.ts'
import { suite } from '../harness.ts'
import { nextSeed, start, stopAll, until } from './net.ts'

const test = suite('network/client')
test.after(stopAll)

const codeOf = (promise: Promise<unknown>) => promise.then(() => 'fine').catch((error: RequestError) => error.code)

test('it asks like any other peer, takes no part in gossip, and nobody reaches it', async () => {
  const server = await start()
  const client = await startClient({ peerSeed: nextSeed(), agent: 'light/test' })
  const peer = await client.connect(server.addrs()[0]!)
  assert.is(peer, server.peerId)
  assert.is((await client.request.status(peer, null)).epoch, 7)
  await until('it is known', () => server.peers().some(({ agent }) => agent === 'light/test'))
  const [seen] = server.peers()
  assert.equal([seen?.topics, seen?.direction], [[], 'inbound'])
  assert.is(await codeOf(server.request.status(seen!.id, null)), 'unreachable')
  await client.stop()
  await until('it is gone', () => server.peers().length === 0)
})

test('a dropped peer is left, and not taken again', async () => {
  const server = await start()
  const client = await startClient({ peerSeed: nextSeed(), agent: 'light/test' })
  const addr = server.addrs()[0]!
  const peer = await client.connect(addr)
  await until('it is known', () => server.peers().length === 1)
  client.drop(peer)
  assert.is(await codeOf(client.connect(addr)), 'unreachable', 'in the moment in which it is dropped')
  await until('it is left', () => server.peers().length === 0)
  assert.is(await codeOf(client.connect(addr)), 'unreachable')
  assert.is(await codeOf(client.request.status(peer, null)), 'unreachable')
  await client.stop()
})

test('what can’t be dialled is refused, and stopping ends what is under way', async () => {
  const silent = await start({ handlers: { status: () => new Promise(() => {}) } })
  const client = await startClient({ peerSeed: nextSeed(), agent: 'light/test' })
  assert.is(await codeOf(client.connect('/ip4/127.0.0.1/udp/1')), 'malformed')
  assert.is(await codeOf(client.connect(`/ip4/127.0.0.1/tcp/1/p2p/${silent.peerId}`)), 'unreachable')
  const peer = await client.connect(silent.addrs()[0]!)
  const asking = codeOf(client.request.status(peer, null))
  assert.is(client.stop(), client.stop())
  await client.stop()
  assert.is(await asking, 'aborted')
})
