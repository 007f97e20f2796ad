import * as assert from 'uvu/assert'
import { LiveHead } from '../../../src/node/live-head.ts'
import { LiveView } from '../../../src/node/live-view.ts'
import type { Node } from '../../../src/node/node.ts'
import { suite } from '../../harness.ts'

const test = suite('node/live-view')

/** As much of a node as its status is read from, and a clock that stands until it is moved. */
function still() {
  const stage = { epoch: 3, pending: 0, nowMs: 0, advance: () => {} }
  const ledger = {
    get head() {
      return { epoch: stage.epoch, checkpoint: null, params: { epochMs: 2_000 } } as never
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
  const head = new LiveHead(ledger, () => stage.nowMs)
  const node = { ledger, network, mempool, round: null, isSyncing: false, halted: null, validator: null }
  return { stage, head, view: new LiveView(node as unknown as Node, head, {} as never, '0.0.0') }
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
