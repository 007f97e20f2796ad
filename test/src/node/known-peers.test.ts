import * as assert from 'uvu/assert'
import { readKnownPeers, writeKnownPeers } from '../../../src/node/known-peers.ts'
import { Nodes } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'

const test = suite('node/known-peers')

test('peers that were learned are dialled after a restart, though those of the configuration are gone', async () => {
  const nodes = new Nodes({ validators: 1 })
  try {
    const first = await nodes.start('val0')
    await nodes.start('other')
    const told = { bootstrap: first.network.addrs().slice(0, 1) }
    const learning = await nodes.start('learning', { node: told })
    await nodes.until('it knows the other', () => learning.network.peers().length === 2, 20_000)
    await nodes.stop('learning')
    await nodes.stop('val0')
    const again = await nodes.start('learning', { node: told })
    await nodes.until('it finds the other', () => again.network.peers().length === 1, 20_000)
  } finally {
    await nodes.stopAll()
  }
})

test('the list is bounded, and an empty one takes the place of none', async () => {
  const nodes = new Nodes({ validators: 1 })
  const { store } = await nodes.start('val0')
  const addrs = Array.from({ length: 500 }, (_, i) => `/ip4/127.0.0.1/tcp/${i + 1}/p2p/peer`)
  await writeKnownPeers(store, { knownAddrs: () => addrs })
  assert.equal(readKnownPeers(store), addrs.slice(0, 128))
  await writeKnownPeers(store, { knownAddrs: () => [] })
  assert.is(readKnownPeers(store).length, 128)
  await nodes.stopAll()
})
