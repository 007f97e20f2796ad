import * as assert from 'uvu/assert'
import type { ProofPart } from '../../../consensus/light/proof/request.ts'
import { ProofError } from '../../../consensus/merkle/proof-error.ts'
import { LightPeers } from '../../../src/light/light-peers.ts'
import { PeerProofs, UnshownError } from '../../../src/light/peer-proofs.ts'
import { History, membersOf } from '../../fixtures/light-chain.ts'
import { suite } from '../../harness.ts'
import { addrOf, MemoryNetwork } from './memory-network.ts'

const test = suite('light/peer-proofs')
const history = new History({ membersAt: () => membersOf('a') })

/** What a walk comes to where the first peer lacks the first of these, and so on. */
async function walkLacking(...lacked: readonly ProofPart['type'][]) {
  const names = lacked.map((_, i) => `peer${i}`)
  const network = new MemoryNetwork(Object.fromEntries(names.map(name => [name, { history, head: 1 }])))
  const peers = await LightPeers.connect(network, names.map(addrOf), new AbortController().signal)
  let at = 0
  const walked = await new PeerProofs(peers)
    .walk(async () => {
      const type = lacked[at++]!
      throw new ProofError('missing', `the source has no proof of ${type}`, { part: { type } })
    })
    .catch((error: Error) => error)
  assert.instance(walked, UnshownError)
  return { part: (walked as unknown as UnshownError).part, left: peers.all.length }
}

test('what the peer lacks that got farthest is what is told, whoever was asked last', async () => {
  // The first has the epoch and no longer the state, of which there is a newer one; the second joined later.
  assert.equal(await walkLacking('state', 'find'), { part: 'state', left: 2 })
  assert.equal(await walkLacking('find', 'state'), { part: 'state', left: 2 })
  assert.is((await walkLacking('voucher', 'find')).part, 'voucher')
  assert.is((await walkLacking('voucher', 'state', 'find')).part, 'state')
  assert.is((await walkLacking('find', 'find')).part, 'find')
})
