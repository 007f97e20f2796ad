import * as assert from 'uvu/assert'
import { ApiTally } from '../../../src/api/api-tally.ts'
import { JoinTally } from '../../../src/join/join-tally.ts'
import { UsageReader } from '../../../src/metrics/economy/epoch-usage.ts'
import { Instruments } from '../../../src/metrics/instruments.ts'
import { measureProcess } from '../../../src/metrics/metrics.ts'
import { type NodeMetrics, startMetrics } from '../../../src/metrics/node-metrics.ts'
import type { Node } from '../../../src/node/node.ts'
import { type MetricLine, metricValue, parseMetrics } from '../../fixtures/metric-lines.ts'
import { Nodes } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'
import { quiet } from '../../network/net.ts'

const test = suite('metrics/node-metrics')
const nodes = new Nodes({ validators: 4 })
const measured: NodeMetrics[] = []
const clocks: { differenceMs: number | null } = { differenceMs: null }
let running: Node[] = []

const measure = (node: Node, name: string): NodeMetrics => {
  const instruments = new Instruments()
  measureProcess(instruments, new JoinTally())
  const about = { dir: nodes.dir(name), version: '1.2.3', api: new ApiTally(), clocks, log: quiet }
  const metrics = startMetrics(node, { ...about, instruments })
  measured.push(metrics)
  return metrics
}

const linesOf = async (metrics: NodeMetrics): Promise<MetricLine[]> => parseMetrics(await metrics.text())

test.after(async () => {
  for (const metrics of measured) await metrics.stop()
  await nodes.stopAll()
})

test(
  'what a node does is what it tells',
  async () => {
    running = await nodes.startValidators(4)
    const first = running[0]!
    const metrics = measure(first, 'val0')
    const author = nodes.author('ana')
    await nodes.makeEpochs(3, author, first, running)
    await first.submit(author.transfer('nobody', 2_000_000_000).bytes)
    await nodes.until('its record fails', () => first.mempool.count === 0)
    const epoch = first.ledger.head.epoch
    assert.equal((await new UsageReader(first.store).read(epoch))!.transfers, [], 'what failed moved nothing')
    let lines = await linesOf(metrics)
    for (let i = 0; i < 100 && metricValue(lines, 'openledger_economy_epoch') < epoch; i++) {
      await new Promise(resolve => setTimeout(resolve, 20))
      lines = await linesOf(metrics)
    }
    const tells = (name: string, labels: Readonly<Record<string, string>> = {}) =>
      metricValue(lines, `openledger_${name}`, labels)

    assert.is(tells('build_info', { version: '1.2.3', role: 'validator', chain: `${nodes.chain}` }), 1)
    assert.is(tells('epoch'), epoch)
    assert.is(tells('checkpoint_timestamp_seconds'), first.ledger.head.time / 1000)
    assert.is(tells('agreement_rounds_count'), epoch)
    assert.is(tells('execution_seconds_count'), epoch)
    assert.ok(tells('execution_heap_bytes')! > 1_000_000)
    assert.is(tells('epoch_interval_seconds_count'), epoch - 1)
    assert.is(tells('execution_batches_total'), author.written)
    assert.is(tells('execution_records_total', { outcome: 'done' }), author.written - 1)
    assert.is(tells('execution_records_total', { outcome: 'no-funds' }), 1)
    assert.is(tells('mempool_incoming_batches_total', { outcome: 'added' }), author.written)
    assert.is(tells('mempool_batches'), 0)
    assert.ok(tells('state_written_cells_total') > 3)
    assert.ok(tells('agreement_own_messages_total', { type: 'precommit' }) > 0)
    assert.is(tells('validators'), 4)
    assert.is(tells('stake_open'), 4000)
    assert.is(tells('stake_nakamoto_validators'), 2)
    assert.is(tells('validator_in_office'), 1)
    assert.is(tells('validator_stake_open'), 1000)
    const peers = ['inbound', 'outbound'].map(direction => tells('network_peers', { direction }))
    assert.is(peers[0]! + peers[1]!, 3)
    assert.ok(tells('network_sent_bytes_total') > 1000)
    assert.ok(tells('network_gossip_messages_total', { topic: 'votes', result: 'accepted' }) > 0)
    assert.ok(tells('network_requests_total', { side: 'served', protocol: 'status', result: 'answered' }) > 0)
    assert.ok(tells('store_writes_total') > 0 && tells('store_syncs_total') > 0)
    assert.ok(tells('store_size_bytes') > 0)
    assert.ok(tells('store_memory_bytes') > 0)
    assert.ok(tells('disk_size_bytes') >= tells('disk_free_bytes'))
    assert.is(tells('halted'), 0)
    const difference = async () =>
      (await linesOf(metrics)).find(({ name }) => name === 'openledger_network_clock_difference_seconds')?.value
    assert.is(await difference(), undefined, 'no peer has told')
    clocks.differenceMs = -1_500
    assert.is(await difference(), -1.5)
    assert.is(tells('sync_behind_epochs'), 0)
    assert.is(tells('economy_partial'), 0)
    assert.ok(metricValue(lines, 'process_resident_memory_bytes') > 0)
  },
  { deadlineMs: 60_000 },
)

test(
  'a validator counts the epochs that were decided without it, and takes them from its peers',
  async () => {
    await nodes.stop('val3')
    const first = running[0]!
    const author = nodes.author('bo')
    await nodes.makeEpochs(4, author, first, [first])
    const late = await nodes.start('val3')
    const metrics = measure(late, 'val3')
    await nodes.reach(first.ledger.head.epoch, [late])
    const lines = await linesOf(metrics)
    // The certificate of the newest epoch isn't settled before the next one.
    assert.ok(metricValue(lines, 'openledger_validator_missed_epochs_total') >= 2)
    assert.ok(metricValue(lines, 'openledger_sync_applied_epochs_total') >= 3)
  },
  { deadlineMs: 60_000 },
)

test('what can be labelled by a peer is not: every label is a word of the program', async () => {
  const lines = await linesOf(measured[0]!)
  const own = lines.filter(({ name }) => name.startsWith('openledger_') && name !== 'openledger_build_info')
  const words = own.flatMap(({ labels }) => Object.entries(labels)).filter(([label]) => label !== 'le')
  assert.ok(words.length > 20)
  for (const [label, word] of words) assert.match(word, /^[a-z][a-z-]*$/, label)
})
