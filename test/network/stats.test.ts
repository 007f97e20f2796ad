import * as assert from 'uvu/assert'
import { statusLimits } from '../../network/limits.ts'
import type { RequestCounts } from '../../network/network.ts'
import { suite } from '../harness.ts'
import { handlers, mesh, stopAll, until } from './net.ts'

const test = suite('network/stats')
test.after(stopAll)

const results = (counts: Readonly<Record<string, RequestCounts>>, protocol: string) => counts[protocol]?.results ?? {}

test('requests are counted by protocol and by how they ended, on both sides', async () => {
  const [asker, server] = await mesh(2, i =>
    i === 0
      ? {}
      : {
          handlers: {
            ...handlers(),
            outcomes: () => {
              throw new Error('not today')
            },
          },
        },
  )
  const peer = server!.peerId
  for (let i = 0; i < 3; i++) await asker!.request.status(peer, null)
  await asker!.request.outcomes(peer, { epoch: 1, from: 0 }).catch(() => {})
  await asker!.request.status('12D3KooWGzBXWNvHpLALvz3jhwdNPJ5VvQDpnHgRx8JJ5uLnVPbQ', null).catch(() => {})

  const { asked } = asker!.stats()
  assert.equal(results(asked, 'status'), { answered: 3, unreachable: 1 })
  assert.equal(results(asked, 'outcomes'), { refused: 1 })
  assert.ok(asked.status!.seconds > 0)
  await until('served', () => results(server!.stats().served, 'status').answered === 3)
  assert.equal(results(server!.stats().served, 'outcomes'), { unavailable: 1 })
})

test('offences are counted by their reason, and fill no log', async () => {
  const told: string[] = []
  const note = (_: object, message: string) => void told.push(message)
  const log = { debug() {}, info: note, warn: note, error: note }
  const [asker, server] = await mesh(2, () => ({ log }))
  server!.penalise(asker!.peerId, 'vote-forged', 'minor')
  server!.penalise(asker!.peerId, 'vote-forged', 'minor')
  server!.penalise(asker!.peerId, 'batch-malformed', 'minor')
  assert.equal(server!.stats().offences, { 'vote-forged': 2, 'batch-malformed': 1 })
  for (let i = 0; i < 10; i++) server!.penalise(asker!.peerId, 'vote-forged', 'major')
  assert.ok(server!.stats().bans >= 1)
  assert.is(server!.stats().penalties, 13)
  assert.equal(told, [])
})

test('bytes are counted on both sides, and stay counted when their connection is gone', async () => {
  const [one, other] = await mesh(2)
  const before = one!.stats().traffic
  const asks = Math.min(20, statusLimits.burst)
  for (let i = 0; i < asks; i++) await one!.request.status(other!.peerId, null)
  const { sent, received } = one!.stats().traffic
  assert.ok(sent - before.sent > 50 * asks && received - before.received > 50 * asks, `${sent}, ${received}`)
  await other!.stop()
  await until('the connection is gone', () => one!.stats().connections === 0)
  assert.ok(one!.stats().traffic.sent >= sent)
  await until('what one has sent the other has received', () => other!.stats().traffic.received > before.received)
})
