// runs alone: four node processes that agree once a second
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { NodeStatus } from '../../src/api/node-view.ts'
import type { Summary } from '../../src/testnet/summary.ts'
import { suite } from '../harness.ts'
import { tempFolder } from '../src/temp-folder.ts'
import { auditWithOracle, type ExportedRecord, type Payouts } from './audit.ts'
import { answer, type Ended, exported, openledger, Program, parseAnswer } from './program.ts'

const test = suite('e2e/sample')
const dir = join(tempFolder(), 'net')
const sample = new URL('../../scripts/sample-scenario.ndjson', import.meta.url)
const notRecords = ['fund', 'wait']

let ended: Ended
let summary: Summary
let records: ExportedRecord[]
let data: string

interface Tree {
  readonly text: string
  readonly amount?: string
  readonly children: readonly Tree[]
}

interface Told {
  readonly kind: string
  readonly subject: string
  readonly root: Tree
}

test(
  'npm run testnet -- --exit --json plays the sample to its end',
  async () => {
    const args = ['run', '-s', 'testnet', '--', '--epoch', '1s', '--exit', '--json', '--dir', dir]
    ended = await new Program('npm', args).end(110_000)
    assert.is(ended.status, 0, ended.stdout + ended.stderr)
    summary = parseAnswer<Summary>(ended.stdout).data!
    data = summary.nodes[0]!.data
  },
  { deadlineMs: 115_000 },
)

test('every line is final, none failed or unpaid', () => {
  const lines = readFileSync(sample, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
    .filter(line => !notRecords.includes(line.do))
  assert.equal(summary.records, { submitted: lines.length, finalized: lines.length, failed: 0, unpaid: 0 })
  assert.equal(summary.failures, [])
  assert.ok(summary.vouchers > 0)
})

test('the summary has the fields of DESIGN section 9, and no more', () => {
  const fieldsOf = (value: object) => Object.keys(value).sort()
  assert.equal(
    fieldsOf(summary),
    [
      'actors',
      'checkpoint',
      'dir',
      'epochs',
      'failures',
      'genesis',
      'labels',
      'nodes',
      'records',
      'seconds',
      'seed',
      'supply',
      'vouchers',
    ].sort(),
  )
  assert.equal(fieldsOf(summary.checkpoint), ['cid', 'epoch', 'payoutRoot', 'stateRoot'])
  assert.equal(fieldsOf(summary.supply), ['accrued', 'genesis', 'now', 'treasury', 'waiting'])
  for (const node of summary.nodes) {
    assert.equal(fieldsOf(node), ['addrs', 'api', 'checkpoint', 'data', 'epoch', 'name', 'peerId', 'validator'])
  }
  assert.equal([summary.seed, summary.dir, summary.epochs], [1, dir, summary.checkpoint.epoch])
})

test('E2: nothing was made or lost', () => {
  const { genesis, now } = summary.supply
  assert.is(now, genesis)
})

test('four nodes, one checkpoint', async () => {
  const { epoch, cid } = summary.checkpoint
  assert.is(summary.nodes.length, 4)
  for (const node of summary.nodes) {
    assert.equal([node.epoch, node.checkpoint], [epoch, cid])
    const status = await answer<NodeStatus>(['status', '--data', node.data])
    assert.equal([status.chain, status.epoch, status.checkpoint], [summary.genesis, epoch, cid])
    assert.is(status.pending.batches, 0)
  }
})

test('the first checkpoint comes soon after the nodes have started', async () => {
  const [first] = await exported<{ epoch: number; time: number }>('checkpoints', data)
  assert.is(first!.epoch, 1)
  const { birthtimeMs } = statSync(join(dir, 'genesis.cbor'))
  assert.ok(first!.time - birthtimeMs < 30_000, `${first!.time - birthtimeMs} ms`)
})

test('checkpoints: each has more than two thirds of the stake behind it, and they end where the summary says', async () => {
  const lines = await exported<{
    epoch: number
    cid: string
    roots: { payout: string; state: string }
    signers: { stake: string }[]
  }>('checkpoints', data)
  assert.equal(
    lines.map(({ epoch }) => epoch),
    Array.from({ length: summary.epochs }, (_, i) => i + 1),
  )
  const total = 4 * 10_000
  for (const { epoch, signers } of lines) {
    const signed = signers.reduce((stake, signer) => stake + Number(signer.stake), 0)
    assert.ok(3 * signed > 2 * total, `epoch ${epoch}: ${signed}`)
  }
  const { cid, roots } = lines.at(-1)!
  assert.equal(
    [cid, roots.payout, roots.state],
    [summary.checkpoint.cid, summary.checkpoint.payoutRoot, summary.checkpoint.stateRoot],
  )
})

test(
  'the oracle agrees with every balance, credit, payout line and outcome',
  async () => {
    records = await auditWithOracle(summary, data)
    assert.is(records.length, summary.records.finalized + summary.vouchers)
  },
  { deadlineMs: 60_000 },
)

test('payouts knows the actors by name, and of an epoch those who were paid in it', async () => {
  const { accounts } = await answer<Payouts>(['payouts', '--data', data])
  const byName = new Map(accounts.map(({ label, account }) => [label, account]))
  for (const [name, account] of Object.entries(summary.actors)) assert.is(byName.get(name), account)
  const last = await answer<Payouts>(['payouts', '--data', data, '--epoch', String(summary.epochs)])
  for (const { payout } of last.accounts) assert.is(payout?.epoch, summary.epochs)
})

test('labels.json names the records as the ledger does', () => {
  const labels = JSON.parse(readFileSync(summary.labels, 'utf8'))
  assert.is(summary.labels, join(dir, 'labels.json'))
  for (const { ref, label } of records) if (label !== undefined) assert.is(labels[label], ref)
  assert.is(records.filter(({ label }) => label !== undefined).length, Object.keys(labels).length)
})

test(
  'explain: an account earned what it is credited with, and every kind of thing can be asked for',
  async () => {
    const { accounts } = await answer<Payouts>(['payouts', '--data', data])
    const ana = accounts.find(({ label }) => label === 'ana')!
    const { root, kind } = await answer<Told>(['explain', '@@ana', '--data', data])
    assert.equal([kind, root.amount], ['account', ana.credit])
    assert.ok(depthOf(root) >= 4, 'down to the inferences')
    for (const wanted of [
      'contribution',
      'refinement',
      'model',
      'agent',
      'session',
      'inference',
      'action',
      'datanet',
    ]) {
      const { ref } = records.find(record => record.kind === wanted)!
      const told = await answer<Told>(['explain', ref, '--data', data])
      assert.equal([told.kind, told.subject], [wanted, ref])
      const { status, stdout } = await openledger(['explain', ref, '--data', data])
      assert.is(status, 0)
      assert.ok(stdout.split('\n').length > 2, stdout)
    }
  },
  { deadlineMs: 60_000 },
)

function depthOf({ children }: Tree): number {
  return 1 + Math.max(0, ...children.map(depthOf))
}

test(
  'verify finds every node sound',
  async () => {
    for (const node of summary.nodes) {
      const told = await answer<{ epoch: number; executed: number }>(['verify', '--data', node.data])
      assert.equal([told.epoch, told.executed], [summary.epochs, summary.epochs])
    }
  },
  { deadlineMs: 60_000 },
)
