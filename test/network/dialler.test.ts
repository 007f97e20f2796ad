import * as assert from 'uvu/assert'
import { LedgerError } from '../../consensus/errors.ts'
import type { Network } from '../../network/network.ts'
import { suite } from '../harness.ts'
import { nextSeed, start, stopAll, until } from './net.ts'

const test = suite('network/dialler')

test('who knows one peer finds the others', async () => {
  const first = await start()
  const others: Network[] = []
  for (let i = 0; i < 3; i++) others.push(await start({ bootstrap: first.addrs() }))
  await until('all met', () => [first, ...others].every(network => network.peers().length === 3))
  const known = others[0]!.knownAddrs()
  assert.is(known.length, 2, 'the bootstrap peer is not among them')

  const returning = await start({ known })
  await until('back without a bootstrap', () => returning.peers().length === 4)
  await stopAll()
})

test('a peer that announces addresses of another one is not heard', async () => {
  const honest = await start()
  const announce = [1, 2, 3, 4].map(port => `/ip4/127.0.0.1/tcp/${port}/p2p/${honest.peerId}`)
  const liar = await start({ announce })
  const { port } = /\/tcp\/(?<port>\d+)/.exec(`${liar.addrs()}`)?.groups ?? {}
  assert.is(port, '1', 'it tells what it was told to')
  const network = await start({ known: honest.addrs() })
  await liar.connect(network.addrs()[0]!)
  await until('it has heard both', () => network.peers().filter(peer => peer.agent !== undefined).length === 2)
  assert.equal(network.knownAddrs(), honest.addrs())
  await stopAll()
})

test('a bootstrap peer that was away, or restarts, is dialled again', async () => {
  const seed = nextSeed()
  const before = await start({ peerSeed: seed })
  const addr = before.addrs()[0]!
  const listen = [addr.slice(0, addr.indexOf('/p2p/'))]
  await before.stop()
  const network = await start({ bootstrap: [addr] })
  const seen: string[] = []
  network.on('connect', peer => seen.push(`+${peer.id}`))
  network.on('disconnect', peer => seen.push(`-${peer}`))
  assert.equal(network.peers(), [])

  const again = await start({ peerSeed: seed, listen })
  await until('connected', () => network.peers().length === 1)
  await again.stop()
  await until('gone', () => network.peers().length === 0)
  const third = await start({ peerSeed: seed, listen })
  await until('connected again', () => network.peers().length === 1)
  assert.equal(seen, [`+${third.peerId}`, `-${third.peerId}`, `+${third.peerId}`])
  await until('its agent is known', () => network.peers()[0]?.agent === 'openledger/test')
  await stopAll()
})

test('dials no more than its target by itself', async () => {
  const hub = await start()
  for (let i = 0; i < 4; i++) await start({ bootstrap: hub.addrs(), peersTarget: 0 })
  await until('all at the hub', () => hub.peers().length === 4)
  const modest = await start({ bootstrap: hub.addrs(), peersTarget: 2 })
  await until('its target', () => modest.peers().length === 2)
  await new Promise(resolve => setTimeout(resolve, 1_500))
  assert.is(modest.peers().length, 2)
  await stopAll()
})

test('a peer is found by its DNS name', async () => {
  const named = await start()
  const network = await start({ bootstrap: [named.addrs()[0]!.replace('/ip4/127.0.0.1/', '/dns4/localhost/')] })
  await until('connected', () => network.peers()[0]?.id === named.peerId)
  await stopAll()
})

test('a port that is taken is a clear error', async () => {
  const first = await start()
  const listen = [first.addrs()[0]!.replace(/\/p2p\/.*/, '')]
  const error = await start({ listen }).catch(caught => caught)
  assert.instance(error, LedgerError)
  assert.is(error.code, 'listen')
  const port = listen[0]!.replace(/.*\//, '')
  assert.is(error.message, `cannot listen on ${listen[0]}: listen EADDRINUSE: address already in use 127.0.0.1:${port}`)
  await stopAll()
})
