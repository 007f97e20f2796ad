import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { batchesLimits, checkpointsLimits, statusLimits } from '../../network/limits.ts'
import type { Handlers } from '../../network/network.ts'
import type { RequestError } from '../../network/request-error.ts'
import { suite } from '../harness.ts'
import { chain, handlers, mesh, start, stopAll, until } from './net.ts'

const test = suite('network/requests')
const bytes = (length: number, fill = 7) => new Uint8Array(length).fill(fill)

/** An asker and the peer that serves it with `overrides`. */
async function pair(overrides: Partial<Handlers>) {
  const [asker, server] = await mesh(2, i => (i === 1 ? { handlers: { ...handlers(), ...overrides } } : {}))
  return { asker: asker!, server: server!, peer: server!.peerId }
}

async function failure(promise: Promise<unknown>): Promise<RequestError> {
  try {
    await promise
  } catch (error) {
    return error as RequestError
  }
  throw new Error('it did not fail')
}

test('every protocol brings the question to the handler and its answer back', async () => {
  const asked: unknown[] = []
  const note = <T>(request: unknown, answer: T): T => {
    asked.push(request)
    return answer
  }
  const batch = { header: bytes(200), signature: bytes(64), body: bytes(5000) }
  const epoch = { checkpoint: bytes(900), certificate: bytes(500), cut: bytes(80) }
  const header = { checkpoint: bytes(900), certificate: bytes(500), blocks: [bytes(80)] }
  const answer = { votes: [bytes(150)], proposals: [bytes(2000)], certificates: [bytes(300)] }
  const status = {
    chain,
    epoch: 3,
    checkpoint: chain,
    role: 'validator',
    agent: 'x',
    round: 1,
    time: 1_800_000_000_000,
  } as const
  const { asker, peer } = await pair({
    status: request => note(request, status),
    batches: request => note(request, [batch, batch]),
    checkpoints: async function* (request) {
      yield note(request, epoch)
      await sleep(5)
      yield epoch
    },
    votes: async request => note(request, answer),
    submit: request => note(request, { outcome: 'refused', message: 'no' }),
    headers: request => note(request, [header]),
    genesis: request => note(request, [bytes(9), bytes(3)]),
  })

  assert.equal(await asker.request.status(peer, null), status)
  assert.equal(await asker.request.batches(peer, { cids: [chain] }), [batch, batch])
  assert.equal(await asker.request.checkpoints(peer, { from: 2, to: 3 }), [epoch, epoch])
  const held = { epoch: 4, round: 0, prevotes: bytes(1), precommits: bytes(1), want: chain }
  assert.equal(await asker.request.votes(peer, held), answer)
  assert.equal(await asker.request.submit(peer, batch), { outcome: 'refused', message: 'no' })
  assert.equal(await asker.request.peers(peer, null), [])
  assert.equal(await asker.request.headers(peer, { epochs: [4], known: [chain] }), [header])
  assert.equal(await asker.request.genesis(peer, { chain, offset: 5 }), [bytes(9), bytes(3)])
  const light = [
    { epochs: [4], known: [chain] },
    { chain, offset: 5 },
  ]
  assert.equal(asked, [null, { cids: [chain] }, { from: 2, to: 3 }, held, batch, ...light])
  await stopAll()
})

test('a response holds what fits: by count and by bytes; the handler is not asked for more', async () => {
  let made = 0
  const { asker, peer } = await pair({
    *checkpoints() {
      for (;;) yield { checkpoint: bytes(10), certificate: bytes(10), cut: bytes(10) }
    },
    *batches() {
      for (;;) {
        made++
        yield { header: bytes(100), signature: bytes(64), body: bytes(512 * 1024) }
      }
    },
  })
  const epochs = await asker.request.checkpoints(peer, { from: 1, to: 1000 })
  assert.is(epochs.length, checkpointsLimits.responseItemsMax)
  const full = await asker.request.batches(peer, { author: bytes(32), from: 1, to: 100 })
  assert.is(full.length, 7)
  assert.ok(full.length * 512 * 1024 <= batchesLimits.responseBytesMax)
  assert.is(made, 8)
  await stopAll()
})

test('an aborted question ends at once, at both ends', async () => {
  let isGone = false
  const asked = Promise.withResolvers<void>()
  const { asker, peer } = await pair({
    votes: (_request, _peer, signal) => {
      asked.resolve()
      signal.addEventListener('abort', () => {
        isGone = true
      })
      return new Promise(() => {})
    },
  })
  const controller = new AbortController()
  const asking = failure(
    asker.request.votes(peer, { epoch: 1, round: 0, prevotes: bytes(0), precommits: bytes(0) }, controller.signal),
  )
  await asked.promise
  controller.abort()
  assert.is((await asking).code, 'aborted')
  await until('the handler was told', () => isGone, statusLimits.timeoutMs / 2)
  const before = await failure(asker.request.status(peer, null, AbortSignal.abort()))
  assert.is(before.code, 'aborted')
  await stopAll()
})

test('a handler that never answers costs the asker its timeout, not more', async () => {
  const { asker, peer } = await pair({ status: () => new Promise(() => {}) })
  const startMs = performance.now()
  const error = await failure(asker.request.status(peer, null))
  assert.is(error.code, 'timeout')
  assert.ok(performance.now() - startMs < statusLimits.timeoutMs + 1_000)
  await stopAll()
})

test(
  'who falls silent in a long answer is given up long before its time is over; who sends slowly is not',
  async () => {
    const epoch = { checkpoint: bytes(900), certificate: bytes(500), cut: bytes(80) }
    let isGivenUp = false
    const { asker, peer } = await pair({
      checkpoints: async function* ({ from }) {
        yield epoch
        if (from === 1) await new Promise(() => {})
        while (!isGivenUp) {
          await sleep(500)
          yield epoch
        }
      },
    })
    const slow = asker.request.checkpoints(peer, { from: 2, to: 60 })
    const silent = await failure(asker.request.checkpoints(peer, { from: 1, to: 60 }))
    isGivenUp = true
    assert.is(silent.code, 'timeout')
    assert.ok((await slow).length > 2, 'it was heard of all the while')
    assert.is(asker.stats().penalties, 0, 'no offence')
    await stopAll()
  },
  { deadlineMs: 60_000 },
)

test('a handler that fails says unavailable; in the middle of a list it breaks off', async () => {
  const { asker, peer } = await pair({
    status() {
      throw new Error('on purpose')
    },
    *checkpoints() {
      yield { checkpoint: bytes(1), certificate: bytes(1), cut: bytes(1) }
      throw new Error('on purpose')
    },
  })
  const refused = await failure(asker.request.status(peer, null))
  assert.equal([refused.code, refused.facts.reason], ['refused', 'unavailable'])
  assert.is((await failure(asker.request.checkpoints(peer, { from: 1, to: 2 }))).code, 'broken-off')
  assert.is(asker.stats().penalties, 0, 'no offence')
  await stopAll()
})

test('who is not there, or does not speak the protocol, is unreachable', async () => {
  const asker = await start()
  const other = await start({ handlers: {} })
  const lost = await start()
  await lost.stop()
  await asker.connect(other.addrs()[0]!)
  assert.is((await failure(asker.request.status(other.peerId, null))).code, 'unreachable')
  assert.is((await failure(asker.request.status(lost.peerId, null))).code, 'unreachable')
  assert.is((await failure(asker.connect(`/ip4/127.0.0.1/tcp/1/p2p/${lost.peerId}`))).code, 'unreachable')
  assert.is((await failure(asker.request.status('nobody', null))).code, 'unreachable')
  await stopAll()
})

test('many questions at once wait for their turn', async () => {
  let atOnce = 0
  let most = 0
  const { asker, peer } = await pair({
    async status() {
      most = Math.max(most, ++atOnce)
      await sleep(5)
      atOnce--
      return { chain, epoch: 1, checkpoint: chain, role: 'full', agent: '' }
    },
  })
  await Promise.all(Array.from({ length: statusLimits.burst }, () => asker.request.status(peer, null)))
  assert.is(most, statusLimits.inflightPerPeer)
  await stopAll()
})

test('asking too often is refused as busy, without an offence', async () => {
  const { asker, server, peer } = await pair({})
  const ask = () => asker.request.status(peer, null)
  for (let answered = 0; ; answered++) {
    const refusal = await ask().then(
      () => undefined,
      (error: RequestError) => error.facts.reason,
    )
    if (refusal === undefined) continue
    assert.is(refusal, 'busy')
    assert.ok(answered >= statusLimits.burst, `${answered} answers`)
    break
  }
  assert.is(server.stats().penalties, 0)
  // Slower than the limit: each question that is refused costs as well.
  let again: Awaited<ReturnType<typeof ask>> | undefined
  while (again === undefined) {
    await sleep(500)
    again = await ask().catch(() => undefined)
  }
  assert.is(again.epoch, 7)
  await stopAll()
})
