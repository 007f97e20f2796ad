import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { NodeStatus } from '../../../src/api/node-view.ts'
import { byteText } from '../../../src/byte-text.ts'
import { type ConfigSources, type NodeConfig, readConfig } from '../../../src/config/node-config.ts'
import { examine } from '../../../src/doctor/examine.ts'
import type { Finding } from '../../../src/doctor/finding.ts'
import { runningFinding } from '../../../src/doctor/ledger.ts'
import { clockFinding, versionFinding } from '../../../src/doctor/machine.ts'
import { peerFindings } from '../../../src/doctor/peers.ts'
import { placeOf, placeText } from '../../../src/doctor/ports.ts'
import { createKey } from '../../../src/keys/key-file.ts'
import { openLedger } from '../../../src/node/open-ledger.ts'
import { databaseFolder } from '../../../src/store/store.ts'
import { Nodes } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('doctor/examine')
const folder = tempFolder()
const begun = join(folder, 'begun')
const unprotected = { unprotected: true } as const
/** The least that is accepted, so that it takes the least time. */
const cost = { N: 2 ** 15, r: 8, p: 1 }
const peer = '/p2p/12D3KooWGDJTKyV1JwsBh1enU8rq883UaDtGx9XyrhhtFHwBdP9w'

async function findings(dir: string, flags: ConfigSources['flags'] = {}, env = {}): Promise<Finding[]> {
  const quiet = { data: dir, listen: '/ip4/127.0.0.1/tcp/0', api: '127.0.0.1:0' }
  return await examine(await readConfig({ flags: { ...quiet, ...flags }, env: {} }), env)
}

const of = (all: readonly Finding[], check: string) => all.filter(finding => finding.check === check)

function copy(name: string): string {
  const dir = join(folder, name)
  cpSync(begun, dir, { recursive: true })
  return dir
}

async function listening(): Promise<{ server: Server; port: number }> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { server, port: (server.address() as { port: number }).port }
}

test.before(async () => {
  const { store } = await openLedger(begun, new Nodes().genesis)
  await store.close()
})

test('a folder that is not there yet: nothing is wrong, and nothing is made', async () => {
  const dir = join(folder, 'new')
  const all = await findings(dir)
  assert.equal(
    ['data', 'node', 'clock', 'keys', 'ports', 'peers'].flatMap(check => of(all, check).map(({ verdict }) => verdict)),
    ['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok'],
  )
  assert.match(of(all, 'data')[0]!.found, /not there yet: start makes it/)
  assert.match(of(all, 'node')[0]!.found, /no ledger yet/)
  assert.not.ok(readdirSync(folder).includes('new'))
})

test("another user's folder: whether a node runs on it isn't known, and nobody is told to stop it or to start one", () => {
  const dir = copy('foreign')
  chmodSync(dir, 0)
  const child = new URL('children/unprivileged.ts', import.meta.url).pathname
  const { stdout, stderr } = spawnSync(process.execPath, [child, dir, tempFolder()], { encoding: 'utf8' })
  chmodSync(dir, 0o700)
  assert.match(stdout, /^\{/, stderr)
  const { node, begun } = JSON.parse(stdout) as { node: Finding; begun: string }
  assert.is(node.verdict, 'fail')
  assert.match(node.found, /^\S+api\.sock: connect EACCES/)
  assert.match(node.next!, /run this as the node’s user/)
  assert.is(begun, 'store-not-writable')
})

test('a sound ledger at rest, with its epoch, size and time', async () => {
  const all = await findings(begun)
  const [node] = of(all, 'node')
  assert.match(node!.found, /^not running, at epoch 0 of bafyrei\w+, [\d.]+ (B|KiB); every file is sound$/)
  assert.match(of(all, 'clock')[0]!.found, /the newest epoch is of 20/)
})

test('a damaged file is named, before LevelDB could fall over it', async () => {
  const dir = copy('damaged')
  const sizeOf = (name: string) => statSync(join(dir, databaseFolder, name)).size
  const [largest] = readdirSync(join(dir, databaseFolder)).sort((a, b) => sizeOf(b) - sizeOf(a))
  const bytes = readFileSync(join(dir, databaseFolder, largest!))
  bytes[bytes.length >> 1]! ^= 0x10
  writeFileSync(join(dir, databaseFolder, largest!), bytes)
  const [node] = of(await findings(dir), 'node')
  assert.is(node!.verdict, 'fail')
  assert.ok(node!.found.includes(largest!))
  assert.match(node!.next!, /restore a backup/)
})

test('keys: what others can read, what has no password, what lacks it; a peer key and play money need none', async () => {
  const dir = copy('keys')
  const paths = {
    vote: join(dir, 'vote.json'),
    account: join(dir, 'keys/account.json'),
    peer: join(dir, 'keys/peer.json'),
  }
  await createKey(paths.vote, 'vote', { password: 'swordfish', cost })
  await createKey(paths.account, 'account', unprotected)
  await createKey(paths.peer, 'peer', unprotected)
  await createKey(join(dir, 'development/account.json'), 'account', unprotected)
  const told = async (flags: ConfigSources['flags'] = {}, env = {}) =>
    Object.fromEntries(
      of(await findings(dir, flags, env), 'keys').map(({ found, verdict, next }) => [
        found.slice(dir.length + 1).split(':')[0],
        [verdict, next],
      ]),
    )
  const well = ['ok', null]
  assert.equal(await told({ voteKey: paths.vote }), {
    'vote.json': ['warn', 'give --password-file FILE, or set OPENLEDGER_PASSWORD'],
    'keys/account.json': ['warn', `openledger keys passwd ${paths.account} gives it one`],
    'keys/peer.json': well,
    'development/account.json': well,
  })
  assert.equal((await told({ voteKey: paths.vote }, { OPENLEDGER_PASSWORD: 'x' }))['vote.json'], well)
  assert.equal((await told())['vote.json'], well)
  chmodSync(paths.peer, 0o604)
  assert.equal((await told())['keys/peer.json'], undefined)
  const exposed = of(await findings(dir), 'keys').find(({ verdict }) => verdict === 'fail')!
  assert.is(exposed.next, `chmod 600 ${paths.peer}`)
  const missing = of(await findings(dir, { voteKey: join(dir, 'none.json') }), 'keys')[0]!
  assert.equal([missing.verdict, missing.found], ['fail', `there is no key in ${join(dir, 'none.json')}`])
})

test('a key that is broken off is found where keys lie, and the peer key whatever is in it; another file is not', async () => {
  const dir = copy('broken')
  const peerFile = join(dir, 'keys/peer.json')
  await createKey(peerFile, 'peer', unprotected)
  const json = readFileSync(peerFile, 'utf8')
  const told = async () =>
    of(await findings(dir), 'keys').map(({ verdict, found }) => [verdict, found.slice(dir.length + 1)])
  writeFileSync(join(dir, 'settings.json'), json.slice(0, 40), { mode: 0o600 })
  writeFileSync(join(dir, 'keys/notes.json'), '{"text":"not a key"}', { mode: 0o600 })
  assert.equal(await told(), [['ok', 'keys/peer.json: peer key without a password']])
  for (const text of [json.slice(0, 40), '', '{}']) {
    writeFileSync(peerFile, text)
    const [[verdict, found]] = (await told()) as [[string, string]]
    assert.is(verdict, 'fail', text)
    assert.match(found, /^keys\/peer\.json: /)
  }
  writeFileSync(peerFile, json)
  writeFileSync(join(dir, 'keys/vote.json'), json.slice(0, 40), { mode: 0o600 })
  assert.equal((await told()).map(([verdict]) => verdict).sort(), ['fail', 'ok'])
})

test('a password file that others can read is a doubt, and one that is missing ends a start', async () => {
  const dir = copy('with-password')
  const file = join(folder, 'password')
  writeFileSync(file, 'swordfish\n', { mode: 0o644 })
  const [open] = of(await findings(dir, { passwordFile: file }), 'keys')
  assert.equal([open!.verdict, open!.next], ['warn', `chmod 600 ${file}`])
  chmodSync(file, 0o600)
  assert.is(of(await findings(dir, { passwordFile: file }), 'keys')[0]!.verdict, 'ok')
  const [missing] = of(await findings(dir, { passwordFile: join(folder, 'none') }), 'keys')
  assert.equal([missing!.verdict, missing!.next], ['fail', 'give --password-file FILE, or set OPENLEDGER_PASSWORD'])
})

test('a port that is taken, for peers and for the API', async () => {
  const { server, port } = await listening()
  const flags = { listen: `/ip4/127.0.0.1/tcp/${port}`, api: `127.0.0.1:${port}` }
  const ports = of(await findings(begun, flags), 'ports')
  server.close()
  assert.equal(
    ports.map(({ verdict, found }) => [verdict, found]),
    [
      ['fail', `127.0.0.1:${port} for peers: another program uses it`],
      ['fail', `127.0.0.1:${port} for the API: another program uses it`],
    ],
  )
  assert.match(ports[1]!.next!, /choose another port with --api/)
})

test('nodes to begin with: reached, not reached, and no address at all', async () => {
  const { server, port } = await listening()
  const gone = await listening()
  gone.server.close()
  const bootstrap = [`/ip4/127.0.0.1/tcp/${port}${peer}`, `/ip4/127.0.0.1/tcp/${gone.port}${peer}`, 'nonsense']
  const peers = of(await findings(begun, { bootstrap }), 'peers')
  server.close()
  assert.equal(
    peers.map(({ verdict }) => verdict),
    ['ok', 'warn', 'fail'],
  )
  assert.match(peers[1]!.found, /can't be reached: ECONNREFUSED/)
})

test('a wrong clock', () => {
  const now = Date.UTC(2027, 0, 1)
  assert.is(clockFinding(now - 1, now).verdict, 'ok')
  const behind = clockFinding(now + 3_600_000, now)
  assert.is(behind.verdict, 'fail')
  assert.match(behind.next!, /set the clock/)
})

const running = {
  epoch: 7,
  chain: 'bafychain',
  role: 'validator',
  halted: null,
  syncing: false,
  stalled: false,
  target: null,
  secondsLeft: null,
  votingWaits: null,
  clockDifferenceMs: 40,
  validators: 4,
  peers: 3,
  addrs: ['/ip4/127.0.0.1/tcp/8649'],
  time: 0,
} as unknown as NodeStatus

test('a running node: well, catching up, stalled, or waiting with its vote', () => {
  const told = (more: Partial<NodeStatus>) => {
    const { verdict, found } = runningFinding({ ...running, ...more }).finding
    return [verdict, found.split('; ')[1]]
  }
  assert.equal(told({}), ['ok', undefined])
  assert.equal(told({ syncing: true, target: 90, secondsLeft: 12 }), [
    'warn',
    'catching up with peers: at epoch 7 of 90, about 12 s left',
  ])
  assert.equal(told({ stalled: true }), ['warn', 'stalled: no epoch has become final for long'])
  assert.equal(told({ votingWaits: 'what it signed before is not here' }), [
    'warn',
    "it doesn't vote yet: what it signed before is not here",
  ])
})

test('a running node without peers: a doubt where there are other validators, wrong where it was told of nodes', async () => {
  const verdict = async (more: Partial<NodeStatus>, bootstrap: string[] = []) =>
    (await peerFindings({ bootstrap } as unknown as NodeConfig, { ...running, ...more }))[0]!.verdict
  assert.is(await verdict({}), 'ok')
  assert.is(await verdict({ peers: 0 }), 'warn')
  assert.is(await verdict({ peers: 0, validators: 1 }), 'ok')
  assert.is(await verdict({ peers: 0 }, ['nonsense']), 'fail')
})

test('a clock that differs from those of the peers', () => {
  const now = Date.UTC(2027, 0, 1)
  assert.is(clockFinding(now - 1, now, running).verdict, 'ok')
  const ahead = clockFinding(now - 1, now, { ...running, clockDifferenceMs: -3_600_000 })
  assert.is(ahead.verdict, 'fail')
  assert.match(ahead.found, /it is 3600 s ahead of those of its peers$/)
})

test('a running node of another version than this program', () => {
  const found = versionFinding({ version: '0.0.1' } as Parameters<typeof versionFinding>[0])
  assert.equal([found.verdict, found.next], ['warn', 'restart the node to run this version'])
})

test('bytes for people, and the place in a multiaddr', () => {
  assert.equal([0, 1023, 1536, 20 * 2 ** 30].map(byteText), ['0 B', '1023 B', '1.5 KiB', '20 GiB'])
  assert.equal(placeOf(`/dns4/node.example.org/tcp/8649${peer}`), { host: 'node.example.org', port: 8649 })
  assert.is(placeText(placeOf('/ip6/::1/tcp/1')!), '[::1]:1')
  assert.is(placeOf('/ip4/1.2.3.4/udp/1'), undefined)
})
