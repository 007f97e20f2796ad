import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { LedgerError } from '../../../consensus/errors.ts'
import { RequestError } from '../../../network/request-error.ts'
import { LightPeers, UnknownError } from '../../../src/light/light-peers.ts'
import { type Patience, peersMax } from '../../../src/light/limits.ts'
import { History, membersOf } from '../../fixtures/light-chain.ts'
import { suite } from '../../harness.ts'
import { addrOf, MemoryNetwork } from './memory-network.ts'

const test = suite('light/peers')
const history = new History({ membersAt: () => membersOf('a') })

const hasty: Patience = { answerMs: 100, slowAnswerMs: 5, slowMsMax: 60, busyMs: 1, busyTimesMax: 4 }

async function peersOf(...names: string[]) {
  const network = new MemoryNetwork(Object.fromEntries(names.map(name => [name, { history, head: 1 }])))
  const stop = new AbortController()
  const peers = await LightPeers.connect(network, names.map(addrOf), stop.signal, hasty)
  return { network, peers, stop }
}

const wrong = () => Promise.reject(new LedgerError('wrong', 'a false answer'))

test('a peer that fails once is never asked again, and the reason is kept', async () => {
  const { network, peers } = await peersOf('one', 'two')
  assert.is(await peers.ask('one', wrong), undefined)
  assert.equal([peers.all, network.dropped], [['two'], ['one']])
  assert.equal(peers.failures, [{ peer: 'one', code: 'wrong', problem: 'a false answer' }])
  assert.is(await peers.ask('one', async () => 'asked'), undefined)
})

test('the next one is asked until one gives an answer; when all have failed, all reasons are told', async () => {
  const { peers } = await peersOf('one', 'two', 'three')
  const answer = (good: string) => (peer: string) => (peer === good ? Promise.resolve(peer) : wrong())
  assert.is(await peers.askAny(answer('two')), 'two')
  assert.equal(peers.all, ['two', 'three'])
  assert.is(await peers.askAny(answer('three'), 'three'), 'three')
  const error = await peers.askAny(wrong).catch((refused: LedgerError) => refused)
  assert.instance(error, LedgerError)
  assert.match((error as LedgerError).message, /one: wrong[\s\S]*two: wrong[\s\S]*three: wrong/)
})

test('a bug of one’s own is nobody’s offence', async () => {
  const { peers } = await peersOf('one')
  const bug = await peers.ask('one', () => Promise.reject(new TypeError('own'))).catch((error: Error) => error)
  assert.instance(bug, TypeError)
  assert.equal(peers.all, ['one'])
})

test('what a peer hasn’t is no offence', async () => {
  const { peers } = await peersOf('one')
  assert.is(await peers.ask('one', () => Promise.reject(new UnknownError('epoch 5'))), undefined)
  assert.equal([peers.all, peers.failures[0]?.code], [['one'], 'unknown'])
})

test('a peer that stays busy is given up, one that was busy for a while is not', async () => {
  const { peers } = await peersOf('one')
  let times = 0
  const busy = (until: number) => async () => {
    if (times++ < until) throw new RequestError('refused', 'headers', 'one', 'busy', { reason: 'busy' })
    return 'fine'
  }
  assert.is(await peers.ask('one', busy(2)), 'fine')
  times = 0
  assert.is(await peers.ask('one', busy(Number.POSITIVE_INFINITY)), undefined)
  assert.equal([times, peers.all], [hasty.busyTimesMax, []])
})

test('a peer that never answers costs one patience, and is dropped', async () => {
  const { peers } = await peersOf('one')
  assert.is(await peers.ask('one', (_, signal) => sleep(60_000, undefined, { signal })), undefined)
  assert.is(peers.failures[0]?.code, 'slow')
})

test('a peer that is slow again and again is dropped, also if each answer comes in time', async () => {
  const { peers } = await peersOf('one')
  let answers = 0
  while ((await peers.ask('one', () => sleep(30, 'fine'))) !== undefined) answers++
  assert.ok(answers >= 1 && answers < 4, `${answers} answers`)
  assert.match(peers.failures[0]!.problem, /too long in all/)
})

test('who ends the run ends what is under way, and blames nobody', async () => {
  const { peers, stop } = await peersOf('one')
  const asking = peers.ask('one', (_, signal) => sleep(60_000, undefined, { signal })).catch((error: Error) => error)
  stop.abort(new Error('the user has had enough'))
  assert.is(((await asking) as Error).message, 'the user has had enough')
  assert.equal(peers.failures, [])
})

test('peers and reasons are bounded', async () => {
  const names = Array.from({ length: peersMax + 5 }, (_, i) => `peer${i}`)
  assert.is((await peersOf(...names)).peers.all.length, peersMax)
  const { peers } = await peersOf('one')
  for (const epoch of [7, 8, 9]) await peers.ask('one', () => Promise.reject(new UnknownError(`epoch ${epoch}`)))
  assert.equal(
    peers.failures.map(({ problem }) => problem),
    ['it has no epoch 7'],
  )
})
