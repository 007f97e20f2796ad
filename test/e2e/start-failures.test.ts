// runs alone: nodes that start, and fail to, each within a time that must not depend on what else runs
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { encode } from '../../consensus/cbor/encode.ts'
import { metaKey } from '../../src/store/keys.ts'
import { databaseFolder, Store } from '../../src/store/store.ts'
import { suite } from '../harness.ts'
import { tempFolder } from '../src/temp-folder.ts'
import { until } from './hand-run-net.ts'
import { answer, openledger, type Program, refusal, start } from './program.ts'
import { SmallDisk } from './small-disk.ts'

const suited = suite('e2e/start-failures')
const folder = tempFolder()
/** A development network's folder at rest, of which each test takes a copy. */
const sound = join(folder, 'sound')
/** Each starts several processes, one after the other. */
const deadline = { deadlineMs: 90_000 }
const test = (title: string, body: () => Promise<void>) => suited(title, body, deadline)
const noDisk = 'no disk of its own can be mounted here'

const args = (dir: string, more: readonly string[] = []) =>
  ['start', '--data', dir, '--api', '127.0.0.1:0', '--listen', '/ip4/127.0.0.1/tcp/0', ...more] as const

async function started(dir: string): Promise<Program> {
  const node = start(args(dir))
  await until('the node is up', 30_000, async () => {
    if (!node.isRunning) throw new Error(node.stderr)
    return node.stderr.includes('the node is up') ? true : undefined
  })
  return node
}

async function stopped(node: Program): Promise<void> {
  node.child.kill('SIGTERM')
  assert.is((await node.end(12_000)).status, 0, node.stderr)
}

/** Every file that says anything, by its digest. LevelDB's own diary and lock say nothing. */
function contents(dir: string): Record<string, string> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter(
    entry => entry.isFile() && !/^(LOCK|LOG(\.old)?)$/.test(entry.name),
  )
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort()
  return Object.fromEntries(
    paths.map(path => [path.slice(dir.length), createHash('sha256').update(readFileSync(path)).digest('hex')]),
  )
}

/** Status 1, this code, one message for people with what to do next, and every file as it was. */
async function assertRefused(dir: string, code: string, message: RegExp, next: RegExp, more: readonly string[] = []) {
  const before = contents(dir)
  const told = await refusal(args(dir, more))
  assert.equal([told.status, told.code], [1, code], told.message)
  assert.match(told.message, message)
  assert.match(told.next, next)
  // LevelDB may have begun a new log, which is empty.
  const after = contents(dir)
  assert.equal(Object.fromEntries(Object.keys(before).map(path => [path, after[path]])), before)
}

function copy(name: string): string {
  const dir = join(folder, name)
  cpSync(sound, dir, { recursive: true, filter: source => !source.endsWith('.sock') })
  return dir
}

function pay(dir: string): Promise<unknown> {
  const lines = join(folder, 'pay.ndjson')
  writeFileSync(lines, '{"do":"datanet","as":"net","name":"n"}\n')
  return answer(['submit', lines, '--key', join(dir, 'development/account.json'), '--data', dir])
}

suited.before(async () => {
  const node = await started(sound)
  await pay(sound)
  await stopped(node)
})

test('a wrong password, a missing one, and a key file that others can read', async () => {
  const dir = copy('keys')
  const password = join(folder, 'password')
  const wrong = join(folder, 'wrong')
  writeFileSync(password, 'right\n')
  writeFileSync(wrong, 'wrong\n')
  const key = join(dir, 'keys/vote.json')
  await answer(['keys', 'new', key, '--kind', 'vote', '--password-file', password])
  await assertRefused(
    dir,
    'key-locked',
    /vote\.json is protected by a password/,
    /--password-file FILE, or set OPENLEDGER_PASSWORD/,
    ['--vote-key', key],
  )
  await assertRefused(dir, 'key-password', /the password does not open .*vote\.json/, /try again/, [
    '--vote-key',
    key,
    '--password-file',
    wrong,
  ])
  chmodSync(key, 0o640)
  await assertRefused(
    dir,
    'key-exposed',
    /other users can read or write .*vote\.json \(mode 640\)/,
    /^chmod 600 .*vote\.json$/,
    ['--vote-key', key],
  )
})

test('a store of a newer version: the data is intact, and which version reads it', async () => {
  const dir = copy('newer')
  const store = await Store.open(dir, { create: false, multithreading: false })
  await store.write([{ key: metaKey('version'), value: encode([99, '9.1.0']) }], { sync: true })
  await store.close()
  const told = await refusal(args(dir))
  assert.equal([told.status, told.code], [1, 'store-newer'])
  assert.match(told.message, /the data is intact, use version ≥ 9\.1\.0/)
  assert.match(told.next, /update to version 9\.1\.0/)
})

test('a damaged store: which file, and what to do', async () => {
  for (const [name, message] of [
    ['CURRENT', /damaged|corrupt/i],
    [readdirSync(join(sound, databaseFolder)).find(file => file.endsWith('.log'))!, /is damaged at byte/],
  ] as const) {
    const dir = copy(`damaged-${name}`)
    const path = join(dir, databaseFolder, name)
    const bytes = readFileSync(path)
    bytes[Math.floor(bytes.length / 2)]! ^= 0x10
    writeFileSync(path, bytes)
    await assertRefused(dir, 'store-corrupt', message, /backup/)
  }
})

test('a clock before the newest epoch', async () => {
  const dir = join(folder, 'clock')
  mkdirSync(dir)
  const key = await answer<{ public: string }>(['keys', 'new', join(dir, 'ana.json'), '--unprotected'])
  const vote = await answer<{ public: string }>([
    'keys',
    'new',
    join(dir, 'vote.json'),
    '--kind',
    'vote',
    '--unprotected',
  ])
  const validator = { account: key.public, key: vote.public, stake: '1000', commission: 0, name: 'val' }
  const spec = { name: 'tomorrow', accounts: {}, validators: [validator], time: Date.now() + 86_400_000 }
  writeFileSync(join(dir, 'spec.json'), JSON.stringify(spec))
  const genesis = join(dir, 'genesis.cbor')
  await answer(['genesis', 'new', join(dir, 'spec.json'), '--out', genesis])
  const told = await refusal(args(join(dir, 'node'), ['--genesis', genesis]))
  assert.equal([told.status, told.code], [1, 'clock'])
  assert.match(told.message, /this machine's clock is wrong: it says .*Z, but the newest epoch .* became final at .*Z/)
  assert.match(told.next, /set the clock .*the data is intact/)
})

test('a genesis that is none, a missing one, and a folder that is a file: nothing is begun', async () => {
  const dir = join(folder, 'unbegun')
  mkdirSync(dir)
  const garbage = join(folder, 'garbage')
  writeFileSync(garbage, 'no genesis')
  await assertRefused(dir, 'genesis-malformed', /garbage is no genesis: /, /genesis show/, ['--genesis', garbage])
  await assertRefused(dir, 'genesis-missing', /ENOENT/, /--genesis FILE/, ['--genesis', join(folder, 'nowhere')])
  const peer = '/ip4/127.0.0.1/tcp/1/p2p/12D3KooWGDJTKyV1JwsBh1enU8rq883UaDtGx9XyrhhtFHwBdP9w'
  await assertRefused(dir, 'genesis-missing', /needs the genesis of its network/, /--genesis FILE/, [
    '--bootstrap',
    peer,
  ])
  const file = join(folder, 'file')
  writeFileSync(file, '')
  for (const path of [file, join(file, 'below')]) {
    const told = await refusal(args(path))
    assert.equal([told.status, told.code], [1, 'no-folder'])
    assert.match(told.next, /--data DIR/)
  }
})

test('a development network whose making was cut off is completed', async () => {
  const dir = join(folder, 'cut-off')
  const network = join(dir, 'development')
  mkdirSync(network, { recursive: true })
  cpSync(join(sound, 'development/vote.json'), join(network, 'vote.json'))
  await stopped(await started(dir))
  assert.equal(readFileSync(join(network, 'vote.json')), readFileSync(join(sound, 'development/vote.json')))
})

function onSmallDisk(title: string, body: (disk: SmallDisk) => Promise<void>): void {
  const disk = SmallDisk.make(4)
  if (disk === undefined) suited.skip(`${title} (${noDisk})`)
  else test(title, () => body(disk))
}

onSmallDisk(
  'a disk that is full: the node stops with a clear word, and goes on when there is room',
  async ({ dir: disk }) => {
    const dir = join(disk, 'node')
    cpSync(sound, dir, { recursive: true, filter: source => !source.endsWith('.sock') })
    const node = await started(dir)
    const filler = join(disk, 'filler')
    fill(filler)
    await pay(dir).catch(() => {})
    const { status, stderr } = await node.end(30_000)
    assert.is(status, 1, stderr)
    assert.match(
      stderr,
      /\nerror: no space left on the disk of .*\n {2}next: free some space and start again; the data is intact\n$/,
    )
    assert.not.match(stderr, /^ +at .*:\d+:\d+/m)
    await assertRefused(dir, 'disk-full', /no space left/, /free some space/)
    const fresh = await refusal(args(join(disk, 'fresh')))
    assert.equal([fresh.status, fresh.code], [1, 'disk-full'])
    rmSync(filler)
    const again = await started(dir)
    await pay(dir)
    await stopped(again)
    const verified = await openledger(['verify', '--data', dir])
    assert.match(verified.stdout, /^intact/, verified.stderr)
  },
)

onSmallDisk('a folder that cannot be written', async disk => {
  const dir = join(disk.dir, 'node')
  cpSync(sound, dir, { recursive: true, filter: source => !source.endsWith('.sock') })
  disk.setWritable(false)
  await assertRefused(dir, 'store-not-writable', /cannot write to/, /who owns the folder/)
  const fresh = await refusal(args(join(disk.dir, 'fresh')))
  assert.equal([fresh.status, fresh.code], [1, 'store-not-writable'])
  disk.setWritable(true)
  await stopped(await started(dir))
})

/** Writes until nothing fits any more. */
function fill(path: string): void {
  for (let size = 1 << 20; size >= 1; size >>= 1) {
    try {
      for (;;) writeFileSync(path, new Uint8Array(size), { flag: 'a' })
    } catch (error) {
      assert.is((error as NodeJS.ErrnoException).code, 'ENOSPC')
    }
  }
  assert.ok(statSync(path).size > 0)
}
