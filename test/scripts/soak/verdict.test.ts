import * as assert from 'uvu/assert'
import { type Sample, sampleOf } from '../../../scripts/soak/sample.ts'
import { judge } from '../../../scripts/soak/verdict.ts'
import { suite } from '../../harness.ts'

const test = suite('scripts/soak/verdict')
const mebibyte = 1024 * 1024

const page = (residentBytes: number, fds = 40): string =>
  [
    '# HELP process_resident_memory_bytes Resident memory size in bytes.',
    `process_resident_memory_bytes ${residentBytes}`,
    'nodejs_heap_size_used_bytes 5e7',
    'nodejs_external_memory_bytes 1000000',
    `process_open_fds ${fds}`,
    'nodejs_active_handles{type="Socket"} 7',
    'nodejs_active_handles_total 12',
    'nodejs_eventloop_lag_p99_seconds 0.02',
    'openledger_epoch 9',
    'openledger_epoch_interval_seconds_bucket{le="1"} 3',
    'openledger_epoch_interval_seconds_sum 18',
    'openledger_epoch_interval_seconds_count 9',
    'openledger_store_size_bytes 4096',
    'openledger_store_memory_bytes 2048',
    '',
  ].join('\n')

/** Of one node: a sample each ten seconds, for ten minutes. */
const run = (node: string, residentAt: (seconds: number) => number, fdsAt?: (seconds: number) => number): Sample[] =>
  Array.from({ length: 61 }, (_, i) => sampleOf(page(residentAt(10 * i), fdsAt?.(10 * i)), node, 10 * i))

const rising = (samples: readonly Sample[]) =>
  judge(samples).flatMap(({ node, what, isLevel }) => (isLevel ? [] : [`${node}: ${what}`]))

test('a page of metrics is read by its names', () => {
  assert.equal(sampleOf(page(200 * mebibyte), 'node3', 7), {
    node: 'node3',
    seconds: 7,
    residentBytes: 200 * mebibyte,
    heapUsedBytes: 50_000_000,
    externalBytes: 1_000_000,
    fileDescriptors: 40,
    handles: 12,
    eventLoopLagP99Seconds: 0.02,
    epoch: 9,
    intervalSeconds: 18,
    intervals: 9,
    storeBytes: 4096,
    storeMemoryBytes: 2048,
  })
})

test('a page without one of them is refused by its name', () => {
  assert.throws(() => sampleOf('openledger_epoch 9\n', 'node3', 7), /node3: .*process_resident_memory_bytes/)
})

test('memory that fills caches in the first half and then stays is level', () => {
  assert.equal(rising(run('node0', seconds => (150 + Math.min(100, seconds)) * mebibyte)), [])
})

test('memory that goes on growing is found, at whichever node', () => {
  const leaking = run('node1', seconds => (200 + seconds / 10) * mebibyte)
  assert.equal(rising([...run('node0', () => 200 * mebibyte), ...leaking]), ['node1: resident MiB'])
})

test('so are file descriptors', () => {
  const leaking = run(
    'node0',
    () => 200 * mebibyte,
    seconds => 40 + Math.floor(seconds / 60),
  )
  assert.equal(rising(leaking), ['node0: file descriptors'])
})
