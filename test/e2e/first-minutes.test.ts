// runs alone: what a node tells while it starts must not depend on what else runs
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { suite } from '../harness.ts'
import { tempFolder } from '../src/temp-folder.ts'
import { freePorts, until } from './hand-run-net.ts'
import { type Program, parseAnswer, start } from './program.ts'

const test = suite('e2e/first-minutes')
const home = join(tempFolder(), 'ana')
mkdirSync(home)
const data = join(home, '.local/share/openledger')
let env: NodeJS.ProcessEnv
let api: string
let node: Program

interface Up {
  readonly peer: string
  readonly addrs: readonly string[]
  readonly api: string
  readonly data: string
  readonly token: string
}

interface Findings {
  readonly verdict: string
  readonly findings: readonly { readonly check: string; readonly verdict: string; readonly found: string }[]
}

async function run(args: readonly string[]) {
  return await start(args, { env }).end(30_000)
}

async function lineOf(program: Program, message: string): Promise<Up> {
  return await until(message, 30_000, async () => {
    if (!program.isRunning) throw new Error(program.stderr)
    const line = program.stderr.split('\n').find(text => text.includes(`"msg":"${message}"`))
    return line === undefined ? undefined : (JSON.parse(line) as Up)
  })
}

test.before(async () => {
  const [p2pPort, apiPort] = await freePorts(2)
  api = `127.0.0.1:${apiPort}`
  // Ports of its own, so that a node of whoever runs the tests is not in the way; all else is what a user has who sets nothing.
  env = {
    HOME: home,
    XDG_DATA_HOME: '',
    OPENLEDGER_API: api,
    OPENLEDGER_LISTEN: `/ip4/127.0.0.1/tcp/${p2pPort}`,
  }
})

test.after(async () => {
  node?.child.kill('SIGKILL')
})

test('doctor before the first start: all is well, and nothing is made', async () => {
  const { status, stdout } = await run(['doctor'])
  assert.is(status, 0, stdout)
  assert.match(stdout, /^ok {4}data {5}~\/\.local\/share\/openledger is not there yet: start makes it$/m)
  assert.match(stdout, /All is well\.\n$/)
})

test('start without any argument: a development network in the usual folder, and where everything is', async () => {
  node = start(['start'], { env })
  const up = await lineOf(node, 'the node is up')
  assert.equal([up.data, up.api], [data, `http://${api}`])
  assert.match(up.peer, /^12D3Koo/)
  assert.ok(up.addrs.length > 0 && up.addrs.every(addr => addr.endsWith(up.peer)))
  const { data: status } = parseAnswer<{ peerId: string; role: string }>((await run(['status', '--json'])).stdout)
  assert.equal([status!.peerId, status!.role], [up.peer, 'validator'])
})

test('doctor of the running node: it answers, over its socket and its API; and there is no secret in what it says', async () => {
  const answers = [await run(['doctor', '--json']), await run(['doctor'])]
  const { data: told } = parseAnswer<Findings>(answers[0]!.stdout)
  assert.is(told!.verdict, 'ok', answers[0]!.stdout)
  const of = (check: string) => told!.findings.filter(finding => finding.check === check).map(({ found }) => found)
  assert.match(of('node')[0]!, /^running as validator, at epoch \d+ of bafy/)
  assert.equal(of('api'), [`answers at http://${api}`])
  assert.equal(of('ports'), [])
  assert.is(of('keys').length, 3)
  const secretOf = (file: string) => (JSON.parse(readFileSync(join(data, file), 'utf8')) as { secret: string }).secret
  const secrets = [
    ...['keys/peer.json', 'development/vote.json', 'development/account.json'].map(secretOf),
    readFileSync(join(data, 'api-token'), 'utf8').trim(),
    home,
  ]
  for (const { stdout, stderr } of answers)
    for (const secret of secrets) assert.not.ok((stdout + stderr).includes(secret), `${secret} in ${stdout}`)
})

test('a second start: the folder is in use, and the first node is not disturbed', async () => {
  const second = await run(['start', '--json', '--api', 'none', '--listen', '/ip4/127.0.0.1/tcp/0'])
  assert.is(second.status, 1)
  assert.is(parseAnswer(second.stdout).error!.code, 'store-locked')
  assert.is((await run(['status'])).status, 0)
})

test('Ctrl-C ends it with status 0; doctor sees it at rest, and fails where a password and a port are missing', async () => {
  node.child.kill('SIGINT')
  assert.is((await node.end(12_000)).status, 0, node.stderr)
  const rest = await run(['doctor'])
  assert.match(rest.stdout, /^ok {4}node {5}not running, at epoch \d+ .*; every file is sound$/m)
  const failed = await run(['doctor', '--vote-key', join(home, 'none.json'), '--json'])
  const { ok, error, data: told } = parseAnswer<Findings>(failed.stdout)
  assert.equal([failed.status, ok, error!.code, told!.verdict], [1, false, 'unwell', 'fail'])
  const plain = await run(['doctor', '--vote-key', join(home, 'none.json')])
  assert.match(plain.stdout, /^FAIL {2}keys {5}there is no key in ~\/none\.json\n +next: /m)
  assert.match(plain.stderr, /^error: something is wrong: keys\n/)
})
