// runs alone: four node processes and their network
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { parseOpen } from '../../src/decimal.ts'
import type { Summary } from '../../src/testnet/summary.ts'
import { suite } from '../harness.ts'
import { openledger, spawnOpenledger } from '../src/cli/program.ts'

const test = suite('e2e: testnet')

const folder = mkdtempSync(join(tmpdir(), 'openledger-e2e-'))
const scenario = join(folder, 'scenario.ndjson')
const main = fileURLToPath(new URL('../../src/cli/openledger.mjs', import.meta.url))
const deadlineMs = 120_000

/** The story of DESIGN's example, and two lines that go wrong. */
const lines = [
  { actor: 'ana', do: 'fund', amount: '100' },
  { actor: 'ana', do: 'datanet', as: 'net', name: 'shell help', originShare: 0.4, refinerShare: 0.5, ownerShare: 0.05 },
  { actor: 'bo', do: 'contribution', as: 'tar', datanet: '@net', content: { text: 'tar: archive files' } },
  {
    actor: 'cy',
    do: 'refinement',
    as: 'tar2',
    datanet: '@net',
    parents: [['@tar', 1]],
    content: { text: 'tar: create' },
  },
  {
    actor: 'di',
    do: 'model',
    as: 'helper',
    name: 'helper-7b',
    data: [['@net', 1]],
    price: { in: '0.002', out: '0.006' },
  },
  { actor: 'uma', do: 'fund', amount: '50' },
  { actor: 'uma', do: 'session', as: 's', payee: '@@eve', deposit: '10' },
  {
    actor: 'eve',
    do: 'inference',
    session: '@s',
    model: '@helper',
    tokensIn: 374,
    tokensOut: 44,
    fee: '1',
    uses: [['@tar2', 1]],
  },
  { actor: 'poor', do: 'transfer', to: '@@ana', amount: '1' },
  { actor: 'eve', do: 'inference', session: '@s', model: '@helper', tokensIn: 1, tokensOut: 1, fee: '99' },
]

writeFileSync(scenario, lines.map(line => JSON.stringify(line)).join('\n'))
test.after(() => rmSync(folder, { recursive: true, force: true }))

/** Command lines of the node processes whose folders lie in `dir`. */
function nodesIn(dir: string): string[] {
  const processes = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  return processes.map(commandLine).filter(line => line.includes(' start --config ') && line.includes(dir))
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    // It ended in between.
    return ''
  }
}

test(
  'four nodes agree on what the scenario pays, stop at one epoch and leave data that verifies',
  async () => {
    const dir = join(folder, 'net')
    const args = [
      'testnet',
      '--exit',
      '--json',
      '--epoch',
      '500ms',
      '--scenario',
      scenario,
      '--seed',
      '5',
      '--dir',
      dir,
    ]
    const { status, stdout, stderr, json } = await spawnOpenledger(args)
    assert.is(status, 0, stdout + stderr)
    const summary = json().data as unknown as Summary
    assert.equal(summary.records, { submitted: 8, finalized: 8, failed: 1, unpaid: 1 })
    assert.equal(summary.failures, [{ file: scenario, line: 9, code: 19, outcome: 'no-funds' }])
    assert.is(summary.vouchers, 1)
    assert.equal([summary.dir, summary.seed, summary.epochs], [dir, 5, summary.checkpoint.epoch])
    assert.equal(Object.keys(summary.actors).sort(), ['ana', 'bo', 'cy', 'di', 'eve', 'poor', 'uma'])
    assert.is(summary.supply.now, summary.supply.genesis)
    assert.not('invariants' in summary, 'nothing went wrong on purpose')
    for (const node of summary.nodes) {
      assert.equal([node.epoch, node.checkpoint], [summary.checkpoint.epoch, summary.checkpoint.cid])
      const { data } = (await openledger(['payouts', '--data', node.data, '--json'])).json() as unknown as {
        data: Accounts
      }
      assert.equal(creditsOf(data), expectedCredits)
    }
    assert.equal(nodesIn(dir), [])
    const labels = JSON.parse(readFileSync(summary.labels, 'utf8'))
    assert.equal(Object.keys(labels), ['net', 'tar', 'tar2', 'helper', 's'])
    const verified = await openledger(['verify', '--data', summary.nodes[3]!.data, '--json'])
    assert.is(verified.status, 0, verified.stdout)
  },
  { deadlineMs },
)

interface Accounts {
  readonly accounts: readonly { readonly label?: string; readonly credit: string }[]
}

/**
 * Of 1 OPEN: 0.4 to the executor, 0.2 to the builder, 0.3 to the data, all of it named: tar2. Origins first: 0.4·0.3 = 0.12 to bo.
 * Of the remaining 0.18 the datanet's owner has 5 % (0.009), of 0.171 its refiner half (0.0855); the rest, 0.0855, goes on to tar:
 * 0.05·0.0855 = 0.004275 to the owner, 0.081225 to bo.
 */
const expectedCredits = { ana: '0.013275', bo: '0.201225', cy: '0.0855', di: '0.2', eve: '0.4' }

function creditsOf({ accounts }: Accounts): Record<string, string> {
  const earned = accounts.filter(
    ({ label, credit }) => label !== undefined && !label.startsWith('node') && credit !== '0',
  )
  return Object.fromEntries(earned.map(({ label, credit }) => [label!, credit]).sort(([a], [b]) => (a! < b! ? -1 : 1)))
}

test(
  'a node that is killed and one that is paused cost nothing but time',
  async () => {
    const dir = join(folder, 'faulty')
    const args = ['testnet', '--exit', '--json', '--epoch', '500ms', '--scenario', scenario, '--dir', dir]
    const { status, stdout, stderr, json } = await spawnOpenledger([
      ...args,
      '--faults',
      'kill=1,pause=1',
      '--seed',
      '3',
    ])
    assert.is(status, 0, stdout + stderr)
    assert.match(stderr, /kill for/)
    assert.match(stderr, /pause for/)
    const summary = json().data as unknown as Summary
    assert.equal(summary.records, { submitted: 8, finalized: 8, failed: 1, unpaid: 1 })
    assert.is(new Set(summary.nodes.map(({ checkpoint }) => checkpoint)).size, 1)
    assert.ok(parseOpen(summary.supply.treasury) >= 0)
  },
  { deadlineMs },
)

for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
  test(
    `${signal} to the testnet leaves no node behind`,
    async () => {
      const dir = join(folder, signal)
      const args = [main, 'testnet', '--json', '--nodes', '2', '--epoch', '500ms', '--scenario', scenario, '--dir', dir]
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
      const exited = new Promise<number | null>(resolve => child.once('exit', resolve))
      await new Promise<void>(resolve =>
        child.stderr.on('data', text => String(text).includes('epoch 1:') && resolve()),
      )
      assert.is(nodesIn(dir).length, 2)
      child.kill(signal)
      assert.is(await exited, signal === 'SIGKILL' ? null : 1)
      for (let tries = 0; tries < 50 && nodesIn(dir).length > 0; tries++) await wait(100)
      assert.equal(nodesIn(dir), [])
    },
    { deadlineMs },
  )
}
