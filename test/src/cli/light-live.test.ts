import * as assert from 'uvu/assert'
import { toKey } from '../../../consensus/bytes.ts'
import { followLive } from '../../../src/cli/light-live.ts'
import { LightSession } from '../../../src/cli/light-session.ts'
import type { Node } from '../../../src/node/node.ts'
import { JoinedLate } from '../../fixtures/joined-late.ts'
import { suite } from '../../harness.ts'

const test = suite('cli/light-live')
const joined = new JoinedLate()

test.before(() => joined.start())
test.after(() => joined.stop())

const addrOf = ({ network }: Node): string => network.addrs()[0]!
const waits = { lookMs: 100, retryMs: 500, thinnedMs: 500 }

/** What was printed; `end` resolves to the error that the signal caused. */
async function follow(peers: readonly Node[]) {
  const told: string[] = []
  const notes: string[] = []
  const stop = new AbortController()
  const output = { answer: async (text: string) => void told.push(text), note: (text: string) => void notes.push(text) }
  const peer = peers.map(addrOf)
  const session = await LightSession.open({ peer, trust: joined.nodes.chain }, output, stop.signal)
  await session.client.follow()
  const ended = followLive(session, toKey(joined.ana.key.publicKey), output, waits).then(
    () => 'an end of its own',
    (error: Error) => error.name,
  )
  const end = async () => {
    stop.abort()
    await session.close()
    return await ended
  }
  return { told, notes, session, end }
}

test('one of two peers that was lost is a witness again, without a word', async () => {
  const { nodes, full, late } = joined
  const { session, notes, end } = await follow([full, late])
  const [listen, id] = addrOf(late).split('/p2p/') as [string, string]
  assert.is(session.client.peers.all.length, 2)
  await nodes.stop('late')
  await nodes.until('it is missed', () => !session.client.peers.all.includes(id))
  joined.late = await nodes.start('late', { node: { listen: [listen] } })
  await nodes.until('it is asked again', () => session.client.peers.all.includes(id), 20_000)
  assert.equal(notes, [])
  assert.is(await end(), 'AbortError')
})

test('who follows outlasts its peers: it says so, connects again, and tells what happened meanwhile', async () => {
  const { nodes, full } = joined
  const [listen] = addrOf(full).split('/p2p/') as [string]
  await nodes.stop('late')
  const { told, notes, end } = await follow([full])
  await joined.pay(400_000, [full])
  await nodes.until('the first payout is told', () => told.length === 1)
  await nodes.stop('val0')
  await nodes.until('the loss is told', () =>
    notes.some(note => /^no peer gave.*\ntrying again every 0.5 s$/s.test(note)),
  )
  joined.full = await nodes.start('val0', { node: { listen: [listen] } })
  await joined.pay(600_000, [joined.full])
  await nodes.until('the second payout is told', () => told.length === 2, 20_000)
  assert.ok(notes.some(note => /^peers answer again; all is told up to epoch \d+$/.test(note)))
  assert.is(notes.filter(note => note.includes('trying again')).length, 1, 'told once')
  const amounts = told.map(line => /^epoch \d+: ([\d.]+) OPEN as/.exec(line)?.[1])
  assert.equal(amounts, ['0.24', '0.36'])
  assert.is(await end(), 'AbortError')
})
