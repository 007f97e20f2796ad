import * as assert from 'uvu/assert'
import type { SigningKey } from '../../../src/crypto/signing-key.ts'
import type { ChainHead } from '../../../src/node/chain-head.ts'
import { LiveHead, stillAtStart } from '../../../src/node/live-head.ts'
import { LiveView } from '../../../src/node/live-view.ts'
import type { Node } from '../../../src/node/node.ts'
import { outOfOffice } from '../../../src/node/office.ts'
import { suite } from '../../harness.ts'

const test = suite('node/live-view')

/** As much of a node as its status is read from, and a clock that stands until it is moved. */
function still() {
  const stage = { epoch: 3, pending: 0, nowMs: 0, advance: () => {} }
  const ledger = {
    get head() {
      return { epoch: stage.epoch, checkpoint: null, validators: [{}, {}], params: { epochMs: 2_000 } } as never
    },
    onEpoch: (listener: (head: never, committed: never) => void) => {
      stage.advance = () => listener({ epoch: ++stage.epoch } as never, undefined as never)
    },
    chain: 'chain',
  }
  const network = { peerId: 'peer', addrs: () => [], peers: () => [] }
  const mempool = {
    get count() {
      return stage.pending
    },
    bytes: 0,
  }
  const head = new LiveHead(ledger, { now: () => stage.nowMs })
  const node = {
    ledger,
    network,
    mempool,
    round: null,
    isSyncing: false,
    halted: null,
    validator: null,
    voteKey: undefined,
    stats: () => ({ sync: { target: 9, secondsLeft: 30 }, votingWaits: null as string | null }),
  }
  const clocks = { differenceMs: -12_000 }
  const parts = { node: node as unknown as Node, head, ledger: {} as never, clocks, version: '0.0.0' }
  return { stage, node, head, view: new LiveView(parts) }
}

test('T9: a node is stalled when no epoch ends though something is pending, or though the idle time has passed', async () => {
  const { stage, view } = still()
  const isStalled = async () => (await view.status()).stalled
  stage.pending = 1
  stage.nowMs = 36_000
  assert.is(await isStalled(), false)
  stage.nowMs = 36_001
  assert.is(await isStalled(), true)
  stage.pending = 0
  assert.is(await isStalled(), false)
  stage.nowMs = 96_001
  assert.is(await isStalled(), true)
  stage.advance()
  assert.is(await isStalled(), false)
})

test('the status tells how far sync is, how the clock differs, and why a vote key does not vote', async () => {
  const { node, view } = still()
  const { target, secondsLeft, clockDifferenceMs, validators, votingWaits } = await view.status()
  assert.equal([target, secondsLeft, clockDifferenceMs, validators, votingWaits], [9, 30, -12_000, 2, null])
  node.stats = () => ({ sync: { target: 9, secondsLeft: 30 }, votingWaits: 'its past is not here' })
  assert.is((await view.status()).votingWaits, 'its past is not here')
})

test('a vote key votes when its validator is in office', () => {
  const key = { publicKey: Uint8Array.of(7) } as SigningKey
  const set = (...keys: number[]) => keys.map(byte => ({ key: Uint8Array.of(byte) }))
  const told = (validators: object[], nextValidators: object[], voteKey: SigningKey | undefined = key) =>
    outOfOffice({ epoch: 5, validators, nextValidators } as unknown as ChainHead, voteKey)
  assert.is(told(set(1, 7), set(1)), null)
  assert.is(told(set(1), set(1, 7)), 'its validator comes into office with epoch 7')
  assert.is(told(set(1), set(1)), 'no validator in office has its vote key')
  assert.is(outOfOffice({ epoch: 5, validators: [], nextValidators: [] } as unknown as ChainHead, undefined), null)
})

test('a node that starts counts from its head: what it has is old, but where it decides alone or nothing has begun', () => {
  const head = (time: number | null, validators: number) =>
    ({
      checkpoint: time === null ? null : { time },
      validators: new Array(validators).fill({}),
    }) as unknown as ChainHead
  assert.is(stillAtStart(head(1_000, 4), true, 61_000), 60_000)
  assert.is(stillAtStart(head(1_000, 4), true, 500), 0)
  assert.is(stillAtStart(head(1_000, 1), false, 61_000), 60_000)
  assert.is(stillAtStart(head(1_000, 1), true, 61_000), 0)
  assert.is(stillAtStart(head(null, 4), true, 61_000), 0)
  const ledger = { head: { epoch: 3 }, onEpoch: () => {} } as never
  assert.is(new LiveHead(ledger, { now: () => 5, stillMs: 60_000 }).stillMs, 60_000)
})

test('who waits for an epoch is woken by it, by the end of the wait, and by the signal', async () => {
  const { stage, head } = still()
  await head.until(3, { waitMs: 60_000 })
  const woken = head.until(4, { waitMs: 60_000 })
  stage.advance()
  await woken
  await head.until(9, { waitMs: 1 })
  const gone = new AbortController()
  const left = head.until(9, { waitMs: 60_000, signal: gone.signal })
  gone.abort()
  await left
  await head.until(9, { waitMs: 60_000, signal: gone.signal })
  assert.is(head.epoch, 4)
})
