// runs alone: what a node that is starting or stopping tells must not depend on what else runs
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { NodeClient } from '../../src/api/client.ts'
import { socketPath } from '../../src/api/socket-path.ts'
import type { Summary } from '../../src/testnet/summary.ts'
import { suite } from '../harness.ts'
import { commandPaths } from '../src/cli/command-paths.ts'
import { tempFolder } from '../src/temp-folder.ts'
import { until } from './hand-run-net.ts'
import { answer, openledger, type Program, parseAnswer, refusal, start } from './program.ts'

const test = suite('e2e/usage')
const folder = tempFolder()
const economy = join(folder, 'economy.ndjson')
let net: Summary
let node: Program
let data: string

/** `start` on a folder of the net, out of the way of everything else on this machine. */
const startArgs = (dir: string, more: readonly string[] = []) => [
  'start',
  '--data',
  dir,
  '--api',
  '127.0.0.1:0',
  '--listen',
  '/ip4/127.0.0.1/tcp/0',
  '--log',
  'warn',
  ...more,
]

test.before(async () => {
  writeFileSync(
    economy,
    `${JSON.stringify({ actor: 'ana', do: 'fund', amount: '5' })}\n${JSON.stringify({ actor: 'ana', do: 'transfer', to: '@@bo', amount: '1' })}\n`,
  )
  const dir = join(folder, 'net')
  const args = ['--nodes', '1', '--epoch', '200ms', '--scenario', economy, '--exit', '--dir', dir]
  net = await answer<Summary>(['testnet', ...args], 25_000)
  data = net.nodes[0]!.data
  node = start(
    startArgs(data, ['--vote-key', join(data, 'keys/vote.json'), '--peer-key', join(data, 'keys/peer.json')]),
  )
  const client = new NodeClient({ socket: socketPath(data) })
  await until('the node answers', 20_000, async () => {
    if (!node.isRunning) throw new Error(node.stderr)
    return await client.status().catch(() => undefined)
  })
  await client.close()
})

test.after(async () => {
  node.child.kill('SIGTERM')
  await node.end(10_000)
})

test(
  'help of the program and of each command, status 0',
  async () => {
    const groups = commandPaths.map(path => path.split(' ')[0]!)
    const helps = [...new Set([...groups, ...commandPaths])].map(path => [...path.split(' '), '--help'])
    for (const args of [['--help'], ...helps]) {
      const { status, stdout, stderr } = await openledger(args)
      assert.equal([status, stderr], [0, ''], args.join(' '))
      assert.match(stdout, /^Usage: openledger/)
      assert.match(stdout, /openledger /)
    }
  },
  { deadlineMs: 60_000 },
)

test('a wrong flag or command: status 2, one JSON object, and what would be right', async () => {
  for (const args of [
    ['testnet', '--nodse', '3'],
    ['paouts'],
    ['testnet', '--epoch', 'soon'],
    ['status', '--data', 'x', '--api', 'http://y'],
    [],
  ]) {
    const { status, code, next, message } = await refusal(args)
    assert.equal([status, code], [2, 'usage'], args.join(' '))
    assert.ok(message !== '')
    if (args[0] === 'paouts') assert.match(next, /payouts/)
  }
})

test('without --json: the same in words on standard error, nothing on standard output', async () => {
  const { status, stdout, stderr } = await openledger(['testnet', '--nodse', '3'])
  assert.equal([status, stdout], [2, ''])
  assert.match(stderr, /^error: unknown option '--nodse'\n {2}next: .*--nodes/)
})

const fund = { actor: 'ana', do: 'fund', amount: '5' }
const datanet = { actor: 'ana', do: 'datanet', as: 'net', name: 'n' }
const wrongLines: readonly (readonly [name: string, line: object | string, expected: RegExp])[] = [
  ['no JSON', '{"actor":"ana",', /JSON/],
  ['an unknown kind', { actor: 'ana', do: 'mint' }, /do: expected one of .*transfer.*, got "mint"/],
  ['an unknown field', { actor: 'ana', do: 'transfer', to: '@@bo', amount: '1', note: 'x' }, /note/],
  ['a missing field', { actor: 'ana', do: 'transfer', to: '@@bo' }, /amount/],
  ['an amount that is a number', { actor: 'ana', do: 'transfer', to: '@@bo', amount: 1 }, /amount: expected/],
  ['too many decimals', { actor: 'ana', do: 'transfer', to: '@@bo', amount: '0.0000001' }, /amount: expected/],
  ['a share above 1', { actor: 'ana', do: 'datanet', as: 'b', name: 'b', originShare: 1.5 }, /originShare: expected/],
  [
    'a label that no earlier line made',
    { actor: 'ana', do: 'contribution', datanet: '@nte', content: { text: 'a' } },
    /@nte/,
  ],
  [
    'weights that do not sum to 1',
    { actor: 'ana', do: 'model', name: 'm', data: [['@net', 0.5]], price: { in: '0', out: '0' } },
    /data: expected weights that sum to 1, got 0\.5/,
  ],
]

for (const [name, line, expected] of wrongLines) {
  test(`a scenario with ${name}: its number and what was expected, before anything starts`, async () => {
    const file = join(folder, 'wrong.ndjson')
    const text = typeof line === 'string' ? line : JSON.stringify(line)
    writeFileSync(file, `${[JSON.stringify(fund), JSON.stringify(datanet), text].join('\n')}\n`)
    const { status, code, message } = await refusal(['testnet', '--exit', '--scenario', file])
    assert.equal([status, code], [1, 'scenario'])
    assert.ok(message.includes('wrong.ndjson:3'), message)
    assert.match(message, expected)
  })
}

test('a scenario that is not there', async () => {
  const { status, code, message } = await refusal(['testnet', '--exit', '--scenario', join(folder, 'none.ndjson')])
  assert.equal([status, code], [1, 'file'])
  assert.match(message, /none\.ndjson/)
})

test('a data folder that a running node uses: the second start is refused, the first is not disturbed', async () => {
  const { status, code, message, next } = await refusal(startArgs(data))
  assert.equal([status, code], [1, 'store-locked'])
  assert.match(message, /a node is running on this folder/)
  assert.match(next, /--data/)
  const { epoch } = await answer<{ epoch: number }>(['status', '--data', data])
  assert.ok(epoch >= net.epochs)
  const verify = await refusal(['verify', '--data', data])
  assert.equal([verify.status, verify.code], [1, 'store-locked'])
})

test('a port in use, for peers and for the API: named, with what to do', async () => {
  const taken = createServer()
  await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as { port: number }
  const genesis = ['--genesis', join(net.dir, 'genesis.cbor')]
  const fresh = join(folder, 'fresh')
  const api = await refusal(startArgs(fresh, [...genesis, '--api', `127.0.0.1:${port}`]))
  assert.equal([api.status, api.code], [1, 'api-listen'])
  assert.match(api.message, new RegExp(`127.0.0.1:${port}`))
  const peers = await refusal(startArgs(fresh, [...genesis, '--listen', `/ip4/127.0.0.1/tcp/${port}`]))
  assert.equal([peers.status, peers.code], [1, 'listen'])
  assert.match(peers.message + peers.next, new RegExp(`${port}[^]*port`))
  await new Promise(resolve => taken.close(resolve))
})

test(
  'a folder of another chain',
  async () => {
    const other = join(folder, 'other')
    const args = ['--nodes', '1', '--epoch', '200ms', '--seed', '2', '--scenario', economy, '--exit', '--dir', other]
    const { nodes } = await answer<Summary>(['testnet', ...args])
    const { status, message, next } = await refusal(
      startArgs(nodes[0]!.data, ['--genesis', join(net.dir, 'genesis.cbor')]),
    )
    assert.is(status, 1)
    assert.match(message, new RegExp(net.genesis))
    assert.ok(next !== '')
  },
  { deadlineMs: 60_000 },
)

test('a folder without a ledger, and one that is not there', async () => {
  const empty = join(folder, 'empty')
  mkdirSync(empty)
  for (const dir of [empty, join(folder, 'nowhere')]) {
    for (const command of ['status', 'payouts', 'verify']) {
      const { status, message } = await refusal([command, '--data', dir])
      assert.is(status, 1)
      assert.match(message, /no ledger|no such|not .*here|missing/i)
    }
  }
})

test('a config with a wrong field: named', async () => {
  const config = join(folder, 'config.json')
  writeFileSync(config, JSON.stringify({ data: '.', lisen: [] }))
  const { status, code, message, next } = await refusal(['start', '--config', config])
  assert.equal([status, code], [1, 'config'])
  assert.match(message, /config\.json: lisen: no setting has this name/)
  assert.match(next, /did you mean listen\?/)
})

test('a validator whose vote key is missing does not start without it', async () => {
  const copy = join(folder, 'copy')
  cpSync(net.nodes[0]!.data, copy, { recursive: true, filter: source => !source.endsWith('.sock') })
  const { status, message } = await refusal(startArgs(copy, ['--vote-key', join(copy, 'keys/none.json')]))
  assert.is(status, 1)
  assert.match(message, /keys\/none\.json/)
})

test('SIGINT ends a node with status 0, and its folder can be read', async () => {
  node.child.kill('SIGINT')
  const { status, stdout, stderr } = await node.end(10_000)
  assert.equal([status, stdout], [0, ''], stderr)
  const { ok, data: told } = parseAnswer<{ epoch: number }>(
    (await openledger(['verify', '--json', '--data', data])).stdout,
  )
  assert.ok(ok && told!.epoch >= net.epochs)
})
