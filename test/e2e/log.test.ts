import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { metricValue, parseMetrics } from '../fixtures/metric-lines.ts'
import { suite } from '../harness.ts'
import { tempFolder } from '../src/temp-folder.ts'
import { until } from './hand-run-net.ts'
import { answer, openledger, start } from './program.ts'

const test = suite('e2e/log')
const password = 'a password that nobody may read'
/** Of the first test's node, whose network the second wants to join. */
const dir = tempFolder()

interface Line {
  readonly level: number
  readonly time: string
  readonly node: string
  readonly msg: string
  readonly epoch?: number
  readonly api?: string
}

const [debug, info, warn] = [20, 30, 40]

/** The seeds in all key files under a folder that anybody may read. */
function seedsIn(dir: string): string[] {
  const files = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.json'))
  return files.flatMap(name => JSON.parse(readFileSync(join(dir, name), 'utf8')).secret ?? [])
}

test(
  'a node at work tells a line for each epoch and nothing secret, and what it measures is there to be read',
  async () => {
    const network = ['--listen', '/ip4/127.0.0.1/tcp/0', '--api', '127.0.0.1:0']
    const env = { OPENLEDGER_PASSWORD: password }
    const node = start(['start', '--data', dir, ...network, '--log', 'debug', '--log-format', 'json'], { env })
    await until('the node is up', 30_000, async () => node.stderr.includes('the node is up') || undefined)
    const lines = join(dir, 'lines.ndjson')
    writeFileSync(lines, '{"do":"datanet","as":"net","name":"logs"}\n')
    await answer(['submit', lines, '--key', join(dir, 'development/account.json'), '--data', dir])

    const told = (): Line[] =>
      node.stderr
        .trim()
        .split('\n')
        .map(line => JSON.parse(line))
    const { api } = told().find(({ msg }) => msg === 'the node is up')!
    const metrics = parseMetrics(await (await fetch(`${api}/metrics`)).text())
    assert.is(metricValue(metrics, 'openledger_execution_records_total', { outcome: 'done' }), 1)

    node.child.kill('SIGTERM')
    assert.is((await node.end(15_000)).status, 0, node.stderr)
    const all = told()
    assert.is(new Set(all.map(line => line.node)).size, 1)
    assert.match(all[0]!.node, /^[1-9A-HJ-NP-Za-km-z]{8}$/)
    const epochs = all.filter(({ msg }) => msg === 'an epoch is final')
    assert.ok(epochs.length >= 1)
    assert.equal(
      epochs.map(({ epoch, level }) => [epoch, level]),
      epochs.map((_, i) => [i + 1, info]),
    )
    assert.ok(all.some(({ level }) => level === debug))
    assert.equal(
      all.filter(({ level }) => level >= warn!),
      [],
    )

    const seeds = seedsIn(dir)
    assert.ok(seeds.length >= 2, 'the development keys are there')
    const output = node.stderr + node.stdout
    const token = readFileSync(join(dir, 'api-token'), 'utf8').trim()
    for (const secret of [...seeds, password, token]) assert.not.ok(output.includes(secret))
    const base64 = seeds.map(seed => Buffer.from(seed, 'hex').toString('base64'))
    for (const secret of base64) assert.not.ok(output.includes(secret))
  },
  { deadlineMs: 90_000 },
)

test('a password that is wrong is not repeated', async () => {
  const file = join(dir, 'password')
  writeFileSync(file, `${password}\n`)
  const key = join(dir, 'other-vote.json')
  const made = await openledger(['keys', 'new', key, '--kind', 'vote', '--password-file', file])
  assert.is(made.status, 0, made.stderr)
  writeFileSync(file, 'another that nobody may read\n')
  const { status, stdout, stderr } = await openledger([
    'start',
    ...['--data', tempFolder(), '--vote-key', key, '--password-file', file, '--log', 'debug'],
    ...['--genesis', join(dir, 'development/genesis.cbor'), '--listen', '/ip4/127.0.0.1/tcp/0', '--api', 'none'],
  ])
  assert.is(status, 1)
  assert.match(stdout + stderr, /password/)
  assert.not.match(stdout + stderr, /nobody may read/)
})
