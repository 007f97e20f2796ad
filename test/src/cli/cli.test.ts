import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { accountText } from '../../../consensus/account.ts'
import { toHex } from '../../../consensus/bytes.ts'
import { lineFlushMs } from '../../../src/api/limits.ts'
import { namesFile } from '../../../src/api/names.ts'
import type { NodeStatus } from '../../../src/api/node-view.ts'
import type { Api } from '../../../src/api/server.ts'
import { deriveSeed } from '../../../src/keys/derive-seed.ts'
import { createKey } from '../../../src/keys/key-file.ts'
import { suite } from '../../harness.ts'
import { memoryApi } from '../api/memory-api.ts'
import { openApi } from '../api/open-api.ts'
import { genesisOf, keyOf, MemoryLedger } from '../memory-ledger.ts'
import { MemoryNode } from '../memory-node.ts'
import { tempFolder } from '../temp-folder.ts'
import { commandPaths } from './command-paths.ts'
import { openledger, spawnOpenledger } from './program.ts'

const test = suite('cli')

const folder = tempFolder()
const data = join(folder, 'node')
const ana = accountText(keyOf('ana').publicKey)
let node: MemoryNode
let api: Api

test.before(async () => {
  mkdirSync(data)
  writeFileSync(join(data, namesFile), JSON.stringify({ actors: { ana }, labels: {} }))
  node = new MemoryNode(new MemoryLedger(genesisOf(new Map([['ana', 5_500_000]]))))
  api = await openApi({ ...memoryApi(node), data, tcp: { host: '127.0.0.1', port: 0 } })
})

test.after(() => api.stop())

test('every command has --json, and a help with an example', async () => {
  assert.ok(commandPaths.length >= 20, commandPaths.join())
  for (const command of commandPaths) {
    const { status, stdout, stderr } = await openledger([...command.split(' '), '--help'])
    assert.equal([status, stderr], [0, ''], command)
    assert.match(stdout, /--json/, command)
    assert.match(stdout, new RegExp(`Examples?:\n  openledger ${command}`), command)
  }
})

test('the help names every command, and the version is the package’s', async () => {
  const { stdout, status } = await openledger(['--help'])
  assert.is(status, 0)
  for (const command of commandPaths) assert.ok(stdout.includes(`\n  ${command.split(' ')[0]} `), command)
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
  const [first, second] = (await openledger(['--version'])).stdout.split('\n')
  assert.is(first, version)
  const html = readFileSync(new URL('../../../build/explorer.html', import.meta.url))
  const sha256 = createHash('sha256').update(html).digest('hex')
  assert.is(second, `explorer.html sha256 ${sha256}`)
  const { stdout: json } = await openledger(['--version', '--json'])
  assert.equal(JSON.parse(json), { ok: true, data: { version, explorer: { sha256 } } })
})

const misuse: readonly (readonly [args: readonly string[], message: RegExp, next: RegExp])[] = [
  [[], /which command|unknown option '--json'/, /--help/],
  [['keys'], /which command|unknown option '--json'/, /--help/],
  [['paouts'], /unknown command 'paouts'/, /payouts/],
  [['payouts', '--dta', 'x'], /unknown option '--dta'/, /--data/],
  [['payouts', '--data', 'x', '--api', 'http://y'], /either --data DIR or --api URL/, /^$/],
  [['payouts', '--data', data, '--epoch', '-1'], /epoch: expected an integer/, /--help/],
  [['explain', '--data', data], /missing required argument 'id'/, /--help/],
  [['explain', 'nonsense', '--data', data], /id: expected an account like did:key:… or a ref/, /^$/],
  [['status', 'more', '--data', data], /too many arguments/, /--help/],
  [['submit', 'file', '--data', data], /required option '--key <file>'/, /--help/],
  [['light', '--peer', 'x'], /required option '--account <id>'/, /--help/],
  [['light', '--account', ana], /required option '--peer <addr...>'/, /--help/],
  [['light', '--account', 'ana', '--peer', 'x'], /account: expected/, /--help/],
  [['light', '--account', ana, '--peer', 'x', '--trust', 'y'], /trust: expected a CID/, /--help/],
  [['light', '--account', ana, '--peer', 'x', '--epoch', '0'], /epoch: expected an integer from 1/, /--help/],
  [['export', '--data', data], /one of --records, --checkpoints, --payouts/, /^$/],
  [['export', '--records', '--payouts', '--data', data], /one of --records/, /^$/],
  [['export', '--records', '--epoch', '5..2', '--data', data], /A at most B/, /--help/],
  [['keys', 'new', join(folder, 'k'), '--kind', 'car'], /kind: expected account, vote, peer/, /--help/],
  [['testnet', '--nodes', '0'], /nodes: expected an integer from 1/, /--help/],
  [['testnet', '--epoch', '2'], /a time like 500ms/, /--help/],
  [['testnet', '--faults', 'kil=1'], /expected kill=N/, /--help/],
  [['start', '--log', 'loud'], /--log: expected debug/, /--help/],
  [['start', '--api', '8650'], /--api: expected HOST:PORT or none/, /--help/],
  [['start', '--boostrap', 'x'], /unknown option '--boostrap'/, /--bootstrap/],
]

for (const [args, message, next] of misuse) {
  test(`wrong usage is status 2 with the right way: openledger ${args.join(' ').replaceAll(folder, '…')}`, async () => {
    const plain = await openledger(args)
    assert.equal([plain.status, plain.stdout], [2, ''])
    assert.match(plain.stderr, message)
    const { status, stderr, json } = await openledger([...args, '--json'])
    const { ok, error } = json()
    assert.equal([status, stderr, ok, error?.code], [2, '', false, 'usage'])
    assert.match(error!.message, message)
    assert.match(error!.next ?? '', next)
  })
}

test('the process itself: answers on standard output, all else on standard error, and its status', async () => {
  const fine = await spawnOpenledger(['payouts', '--data', data])
  assert.equal([fine.status, fine.stderr], [0, ''])
  assert.match(fine.stdout, /^At epoch/)
  const failed = await spawnOpenledger(['explain', '@@bo', '--data', data])
  assert.equal([failed.status, failed.stdout], [1, ''])
  assert.match(failed.stderr, /^error: @@bo: no such name in this data folder\n {2}next: .+\n$/)
  const misused = await spawnOpenledger(['paouts', '--json'])
  assert.equal([misused.status, misused.stderr, misused.json().error?.code], [2, '', 'usage'])
})

test('a running node is asked over the socket in its folder, or over its address', async () => {
  for (const where of [
    ['--data', data],
    ['--api', api.url!],
  ]) {
    const { status, stdout, stderr } = await openledger(['status', '--json', ...where])
    assert.equal([status, stderr], [0, ''])
    assert.equal(JSON.parse(stdout), { ok: true, data: await node.status() })
  }
})

test('status says in plain words how far behind, stalled, or waiting with its vote a node is, and that its clock is wrong', async () => {
  const { status } = node
  const told = async (more: Partial<NodeStatus>) => {
    node.status = async () => ({ ...(await status.call(node)), peerId: 'peer', ...more })
    const { stdout } = await openledger(['status', '--data', data])
    node.status = status
    return (name: string) => stdout.split('\n').find(line => line.startsWith(name))
  }
  assert.match((await told({}))('state')!, /taking part$/)
  const behind = await told({ syncing: true, epoch: 7, target: 900, secondsLeft: 30 })
  assert.match(behind('state')!, /catching up with peers: at epoch 7 of 900, about 30 s left$/)
  assert.match((await told({ syncing: true, target: 9 }))('state')!, /at epoch 0 of 9$/)
  assert.match((await told({ stalled: true }))('state')!, /stalled: no epoch has become final for long; are enough/)
  const waiting = await told({ votingWaits: 'what it signed before is not here' })
  assert.match(waiting('state')!, /following the others$/)
  assert.match(waiting('votes')!, /not yet: what it signed before is not here$/)
  assert.is(waiting('clock'), undefined)
  assert.match((await told({ clockDifferenceMs: 12_000 }))('clock')!, /12 s behind those of its peers$/)
})

test('payouts: exact decimals in OPEN, with the names that the folder knows', async () => {
  const { json } = await openledger(['payouts', '--data', data, '--json'])
  assert.equal(json(), {
    ok: true,
    data: {
      epoch: 0,
      payoutsFrom: 1,
      accounts: [{ account: ana, label: 'ana', balance: '5.5', credit: '0', accrued: '0' }],
    },
  })
  const { stdout } = await openledger(['payouts', '--data', data])
  assert.match(stdout, /At epoch 0, in OPEN:\naccount .*\nana did:key:\S+ +0 +5\.5 +0\n/)
})

test('payouts: who was paid before the epochs that are looked through is told from who never was', async () => {
  const { payouts } = node
  node.payouts = async () => {
    const { accounts, ...about } = await payouts.call(node)
    return { ...about, epoch: 20_000, payoutsFrom: 10_001, accounts: accounts.map(each => ({ ...each, credit: 7 })) }
  }
  const { stdout } = await openledger(['payouts', '--data', data])
  node.payouts = payouts
  assert.match(stdout, /\nana did:key:\S+ +0\.000007 +5\.5 +0 +before 10001\n/)
})

test('explain says which epochs were left out, and how to ask for them', async () => {
  const { explain } = node
  node.explain = async (subject, { from = 5_001, to = 6_000 } = {}) => {
    const told = await explain.call(node, subject, { from, to })
    return told && { ...told, oldest: 12 }
  }
  const ask = async (...args: string[]) => (await openledger(['explain', '@@ana', '--data', data, ...args])).stdout
  const [usual, upTo, given] = [await ask(), await ask('--epoch', '..5500'), await ask('--epoch', '100..200')]
  node.explain = explain
  assert.match(usual, /, epochs 5001 to 6000\n/)
  assert.match(usual, /left out: what happened in epochs 12 to 5000; openledger explain @@ana --epoch 12\.\.5000\n$/)
  assert.match(upTo, /left out: what happened in epochs 12 to 5000/)
  assert.match(given, /, epochs 100 to 200\n(?!.*left out)/s)
})

test('explain takes an account by its id or by a name of the folder', async () => {
  for (const id of [ana, '@@ana']) {
    const { status, stdout } = await openledger(['explain', id, '--data', data])
    assert.equal([status, stdout], [0, 'account @@ana, epoch 1\n0 OPEN  earned\n'])
  }
  const { status, json } = await openledger(['explain', '@@bo', '--data', data, '--json'])
  assert.equal([status, json().error?.code], [1, 'not-found'])
})

test('submit signs with a key file, waits until all is final, and goes on from there the next time', async () => {
  const key = join(folder, 'ana.json')
  await createKey(key, 'account', { unprotected: true }, deriveSeed(7, 'account', 'ana'))
  const file = join(folder, 'lines.ndjson')
  const line = (more: object) => `${JSON.stringify({ do: 'transfer', to: '@@ana', amount: '1', ...more })}\n`
  writeFileSync(file, line({ as: 'gift' }) + line({ amount: '9' }))
  const { status, stdout, stderr, json } = await openledger(['submit', file, '--key', key, '--data', data, '--json'])
  assert.equal([status, json().error?.code], [1, 'records-failed'], stdout + stderr)
  const answer = json().data as unknown as {
    records: object
    failures: object[]
    labels: Record<string, string>
    refs: string[]
  }
  assert.equal(answer.records, { submitted: 2, finalized: 2, failed: 1, unpaid: 0 })
  assert.equal(answer.failures, [{ file, line: 2, code: 19, outcome: 'no-funds' }])
  assert.is(answer.labels.gift, answer.refs[0])
  writeFileSync(file, line({ amount: '2' }))
  const overTcp = ['submit', file, '--key', key, '--api', api.url!]
  const refused = await openledger([...overTcp, '--json'])
  assert.equal([refused.status, refused.json().error?.code], [1, 'unauthorized'])
  const again = await openledger([...overTcp, '--token-file', join(data, 'api-token')])
  assert.match(again.stdout, /^1 record final at epoch 2, 0 failed, 0 unpaid\n$/)
  assert.is(again.status, 0)
})

test('submit: a wrong line is named, and nothing is sent', async () => {
  const file = join(folder, 'wrong.ndjson')
  writeFileSync(file, '{"do":"transfer","to":"@@ana","amount":"1"}\n{"do":"transfer","to":"@@nobody","amount":"1"}\n')
  const submits = node.submits
  const { status, json } = await openledger([
    'submit',
    file,
    '--key',
    join(folder, 'ana.json'),
    '--data',
    data,
    '--json',
  ])
  assert.is(status, 2)
  assert.match(json().error!.message, /@@nobody: no such name/)
  assert.is(node.submits, submits)
})

test('export: NDJSON as it comes, or one object with --json', async () => {
  const { stdout } = await openledger(['export', '--records', '--data', data])
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map(text => JSON.parse(text))
  assert.is(lines.length, 3)
  assert.equal([lines[0].kind, lines[0].amount], ['transfer', '1'])
  const { json } = await openledger(['export', '--records', '--data', data, '--json'])
  assert.equal((json().data as unknown as { lines: unknown[] }).lines, lines)
})

test('export: a node that has nothing to say for long leaves no empty lines', async () => {
  const { export: usual } = node
  const { setTimeout: later } = globalThis
  const soon = (after: () => void, ms?: number) => later(after, ms === lineFlushMs ? 5 : ms)
  Object.assign(globalThis, { setTimeout: soon })
  node.export = async function* () {
    for (const epoch of [1, 2]) {
      yield { epoch }
      await new Promise(resolve => later(resolve, 100))
    }
  }
  try {
    const { stdout } = await openledger(['export', '--records', '--data', data])
    assert.is(stdout, '{"epoch":1}\n{"epoch":2}\n')
  } finally {
    Object.assign(globalThis, { setTimeout: later })
    node.export = usual
  }
})

test('no node and no data: said plainly, status 1', async () => {
  const { status, json, stderr } = await openledger(['status', '--data', join(folder, 'nowhere'), '--json'])
  assert.equal([status, json().ok, stderr], [1, false, ''])
  const api = await openledger(['status', '--api', 'http://127.0.0.1:1', '--json'])
  assert.equal([api.status, api.json().error?.code], [1, 'unreachable'])
})

test('without --data and --api the usual folder is meant: OPENLEDGER_DATA, that of OPENLEDGER_CONFIG, or the one that start takes', async () => {
  process.env.OPENLEDGER_DATA = data
  assert.is((await openledger(['payouts'])).stdout, (await openledger(['payouts', '--data', data])).stdout)
  process.env.OPENLEDGER_CONFIG = join(folder, 'config.json')
  writeFileSync(process.env.OPENLEDGER_CONFIG, JSON.stringify({ data: 'elsewhere' }))
  assert.is((await openledger(['payouts'])).status, 0, 'the variable wins over the file')
  delete process.env.OPENLEDGER_DATA
  const elsewhere = (await openledger(['payouts', '--json'])).json()
  assert.equal(elsewhere.error?.code, 'store-missing')
  assert.ok(elsewhere.error!.message.includes(join(folder, 'elsewhere')))
  writeFileSync(process.env.OPENLEDGER_CONFIG, JSON.stringify({ data: 'node' }))
  assert.is((await openledger(['payouts'])).stdout, (await openledger(['payouts', '--data', data])).stdout)
  writeFileSync(process.env.OPENLEDGER_CONFIG, JSON.stringify({ log: 'warn' }))
  process.env.XDG_DATA_HOME = join(folder, 'nowhere')
  const { status, json } = await openledger(['payouts', '--json'])
  assert.equal([status, json().error?.code], [1, 'store-missing'])
  assert.ok(json().error!.message.includes(join(folder, 'nowhere', 'openledger')))
  process.env.OPENLEDGER_CONFIG = join(folder, 'none.json')
  assert.is((await openledger(['payouts', '--json'])).json().error?.code, 'config')
  delete process.env.OPENLEDGER_CONFIG
  delete process.env.XDG_DATA_HOME
})

test('genesis: from a specification to a block that is never overwritten', async () => {
  const spec = join(folder, 'spec.json')
  const out = join(folder, 'genesis.cbor')
  const validator = { account: ana, key: toHex(keyOf('vote').publicKey), stake: '1000', commission: 0.1, name: 'one' }
  writeFileSync(
    spec,
    JSON.stringify({
      name: 'mine',
      time: 5,
      accounts: { [ana]: '12.5' },
      validators: [validator],
      params: { epochMs: 500 },
    }),
  )
  const made = await openledger(['genesis', 'new', spec, '--out', out, '--json'])
  const shown = await openledger(['genesis', 'show', out, '--json'])
  assert.equal(made.json(), shown.json())
  const genesis = shown.json().data as unknown as {
    supply: string
    params: { epochMs: number }
    accounts: object
    validators: object[]
  }
  assert.equal([genesis.supply, genesis.params.epochMs, genesis.accounts], ['1012.5', 500, { [ana]: '12.5' }])
  assert.equal(genesis.validators, [{ ...validator, commission: 100_000 }])
  const again = await openledger(['genesis', 'new', spec, '--out', out, '--json'])
  assert.match(again.json().error!.message, /EEXIST/)
  writeFileSync(spec, JSON.stringify({ name: 'mine', validators: [{ ...validator, stake: 5 }] }))
  const wrong = await openledger(['genesis', 'new', spec, '--out', `${out}2`, '--json'])
  assert.match(wrong.json().error!.message, /validators\[0\]\.stake: expected OPEN/)
})

test('testnet: what is wrong with a scenario is said before anything starts', async () => {
  const file = join(folder, 'bad.ndjson')
  writeFileSync(file, '{"actor":"ana","do":"fund","amount":"1"}\n{"actor":"ana","do":"mint"}\n')
  const { status, json, stderr } = await openledger(['testnet', '--exit', '--json', '--scenario', file])
  assert.equal([status, stderr, json().error?.code], [1, '', 'scenario'])
  assert.match(json().error!.message, /bad\.ndjson:2: do: expected one of/)
})

test('testnet: a folder with something in it is left alone', async () => {
  const { status, json } = await openledger(['testnet', '--exit', '--json', '--dir', folder])
  assert.equal([status, json().error?.code], [1, 'dir-not-empty'])
})
