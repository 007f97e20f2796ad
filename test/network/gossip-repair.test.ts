import { noise } from '@chainsafe/libp2p-noise'
import { identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import * as assert from 'uvu/assert'
import { gossipRepairMs } from '../../network/limits.ts'
import { suite } from '../harness.ts'
import { start, stopAll, until } from './net.ts'

const test = suite('network/gossip-repair')

test('a peer that lost its gossip stream is connected anew', async () => {
  let streams = 0
  const deaf = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify() },
  })
  await deaf.handle('/meshsub/1.2.0', stream => {
    streams++
    if (streams === 1) stream.abort(new Error('on purpose'))
  })
  const network = await start({ bootstrap: [`${deaf.getMultiaddrs()[0]}`] })
  await until('a second stream', () => streams === 2, gossipRepairMs + 4_000)
  assert.is(network.peers().length, 1)
  await stopAll()
  await deaf.stop()
})
