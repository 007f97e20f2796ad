import * as assert from 'uvu/assert'
import { type Client, startClient } from '../../network/client.ts'
import { createNode } from '../../network/libp2p-node.ts'
import { peerKey } from '../../network/peer-key.ts'
import { PeerMemory } from '../../network/peer-memory.ts'
import { suite } from '../harness.ts'
import { nextSeed, options, quiet, until } from './net.ts'

const test = suite('network/peer-memory')

test('peers that are gone are forgotten, connected ones are not', async () => {
  const { key } = await peerKey(nextSeed())
  const { libp2p } = await createNode({
    options: { ...options(), handlers: {}, gossip: {} },
    key,
    injector: undefined,
    isAllowed: () => true,
    pointsOf: () => 0,
  })
  let identified = 0
  libp2p.addEventListener('peer:identify', () => identified++)
  await libp2p.start()
  const addr = libp2p.getMultiaddrs()[0]!.toString()
  const clients: Client[] = []
  for (let i = 0; i < 3; i++) {
    clients.push(await startClient({ peerSeed: nextSeed(), agent: 'openledger/test' }))
    await clients[i]!.connect(addr)
  }
  await until('all are known', () => identified === 3)
  const [staying, ...leaving] = clients
  await Promise.all(leaving.map(client => client.stop()))
  await until('two are gone', () => libp2p.getConnections().length === 1)
  assert.is((await libp2p.peerStore.all()).length, 3, 'by itself it forgets nobody')

  const memory = new PeerMemory({ libp2p, log: quiet })
  await memory.forget()
  assert.is((await libp2p.peerStore.all()).length, 3, 'they may be just leaving')
  await memory.forget()
  const kept = await libp2p.peerStore.all()
  assert.equal(
    kept.map(({ id }) => id.toString()),
    libp2p.getPeers().map(id => id.toString()),
  )
  assert.ok(kept[0]!.protocols.length > 0)
  await staying!.stop()
  await libp2p.stop()
})
