import * as assert from 'uvu/assert'
import { checkFaults, needsNetworkFaults, noFaults, outagesOf, parseFaults } from '../../../src/testnet/fault-plan.ts'
import { suite } from '../../harness.ts'

const test = suite('testnet/fault-plan')

test('every fault of the specification is read', () => {
  assert.equal(parseFaults('kill=3,pause=2,partition=2|2@10s+60s,latency=50ms,loss=1%'), {
    kills: 3,
    pauses: 2,
    partition: { sizes: [2, 2], afterMs: 10_000, forMs: 60_000 },
    latencyMs: 50,
    lossPpm: 10_000,
  })
  assert.equal(parseFaults('kill=1'), { ...noFaults, kills: 1 })
  assert.is(parseFaults('loss=0.05%').lossPpm, 500)
})

const wrong = [
  '',
  'kill',
  'kill=',
  'kill=-1',
  'kill=1e9',
  'kill=1,kill=2',
  'melt=1',
  'latency=50',
  'loss=1',
  'loss=101%',
]
const partitions = [
  'partition=2',
  'partition=4@1s+1s',
  'partition=2|0@1s+1s',
  'partition=2|2@1s',
  'partition=2|x@1s+1s',
]

for (const text of [...wrong, ...partitions]) {
  test(`refused: ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseFaults(text), /: expected /)
  })
}

test('a partition must place every node', () => {
  const plan = parseFaults('partition=2|2@1s+1s')
  checkFaults(plan, 4)
  assert.throws(() => checkFaults(plan, 5), /groups of 5 nodes together, got 4/)
})

test('processes are killed and paused from outside; the network is for the nodes to break', () => {
  assert.not.ok(needsNetworkFaults(parseFaults('kill=1,pause=1')))
  for (const text of ['partition=1|1@1s+1s', 'latency=1ms', 'loss=1%']) assert.ok(needsNetworkFaults(parseFaults(text)))
})

test('outages follow from the seed, as many as planned, of nodes that exist', () => {
  const plan = parseFaults('kill=30,pause=20')
  const outages = outagesOf(plan, 4, 7)
  assert.equal(outages, outagesOf(plan, 4, 7))
  assert.not.equal(outages, outagesOf(plan, 4, 8))
  assert.is(outages.filter(({ type }) => type === 'kill').length, 30)
  assert.is(outages.filter(({ type }) => type === 'pause').length, 20)
  assert.equal([...new Set(outages.map(({ node }) => node))].sort(), [0, 1, 2, 3])
  assert.ok(outages.every(({ afterMs, forMs }) => afterMs >= 2_000 && forMs >= 2_000 && forMs < 5_000))
})
