// runs alone: four node processes, and how soon they are gone
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { suite } from '../harness.ts'
import { tempFolder } from '../src/temp-folder.ts'
import { until } from './hand-run-net.ts'
import { answer, type Ended, Program } from './program.ts'

const test = suite('e2e/interrupt')
const goneMsMax = 5_000
const runningMsMax = 60_000

interface Process {
  readonly pid: number
  readonly command: string
}

/** Every process that has a testnet's folder in its command line: npm, the testnet, its nodes. */
function processesOf(dir: string): Process[] {
  return execFileSync('ps', ['-A', '-ww', '-o', 'pid=,command='], { encoding: 'utf8' })
    .split('\n')
    .map(line => /^\s*(\d+) (.*)$/.exec(line))
    .flatMap(match => (match === null ? [] : [{ pid: Number(match[1]), command: match[2]! }]))
    .filter(({ command }) => command.includes(dir))
}

const isNode = ({ command }: Process) => command.includes(' start --config ')
const isTestnet = ({ command }: Process) => /\bopenledger\.mjs testnet /.test(command)

interface Running {
  readonly dir: string
  readonly program: Program
  readonly testnet: Process
}

/** `npm run testnet` in a process group of its own, like a terminal's foreground, once it has made an epoch. */
async function run(): Promise<Running> {
  const dir = join(tempFolder(), 'net')
  const args = ['run', '-s', 'testnet', '--', '--epoch', '1s', '--dir', dir]
  const program = new Program('npm', args, { ownGroup: true })
  const leftovers = () => {
    for (const { pid } of processesOf(dir)) process.kill(pid, 'SIGKILL')
  }
  process.once('exit', leftovers)
  void program.ended
    .then(() => until('all are gone', 2 * goneMsMax, async () => isGone(dir)))
    .then(
      () => process.off('exit', leftovers),
      () => {},
    )
  await until('an epoch', runningMsMax, async () => {
    if (!program.isRunning) throw new Error(`ended\n${program.stdout}${program.stderr}`)
    return /^epoch 1:/m.test(program.stderr) ? true : undefined
  })
  const processes = processesOf(dir)
  assert.is(processes.filter(isNode).length, 4)
  return { dir, program, testnet: processes.find(isTestnet)! }
}

async function isGone(dir: string): Promise<true | undefined> {
  return processesOf(dir).length === 0 ? true : undefined
}

async function assertGone({ dir, program }: Running): Promise<Ended> {
  await until(`nothing of ${dir} runs, but ${JSON.stringify(processesOf(dir))}`, goneMsMax, () => isGone(dir))
  return await program.end(goneMsMax)
}

/** The data stays, and is as sound as that of a node that was stopped on purpose. */
async function assertKept(dir: string): Promise<void> {
  // The epochs told are the first node's: another one may have been stopped before it had any.
  for (const [name, epochMin] of [
    ['node0', 1],
    ['node3', 0],
  ] as const) {
    const { epoch } = await answer<{ epoch: number }>(['verify', '--data', join(dir, name)])
    assert.ok(epoch >= epochMin, `${name} at epoch ${epoch}`)
    assert.not.ok(existsSync(join(dir, name, 'api.sock')), 'no socket is left')
  }
}

const deadline = { deadlineMs: runningMsMax + 30_000 }

test(
  'Ctrl-C, which the whole group hears and npm repeats: all gone within 5 s, the folder is told and kept',
  async () => {
    const running = await run()
    process.kill(-running.program.pid, 'SIGINT')
    const { status, stderr } = await assertGone(running)
    assert.is(status, 1, 'the scenario was not over')
    assert.match(stderr, new RegExp(`stopped before the end; the data is in ${running.dir}`))
    assert.not.match(stderr, /^\s+at .+:\d+:\d+/m)
    await assertKept(running.dir)
  },
  deadline,
)

test(
  'SIGTERM to npm alone: all gone within 5 s',
  async () => {
    const running = await run()
    process.kill(running.program.pid, 'SIGTERM')
    const { stderr } = await assertGone(running)
    assert.match(stderr, /stopped before the end/)
    await assertKept(running.dir)
  },
  deadline,
)

test(
  'kill -9 of the testnet: its nodes notice and end within 5 s',
  async () => {
    const running = await run()
    process.kill(running.testnet.pid, 'SIGKILL')
    const { status } = await assertGone(running)
    assert.is.not(status, 0)
    await assertKept(running.dir)
  },
  deadline,
)

test(
  'kill -9 of npm: the testnet and its nodes end within 5 s',
  async () => {
    const running = await run()
    process.kill(running.program.pid, 'SIGKILL')
    await assertGone(running)
    await assertKept(running.dir)
  },
  deadline,
)
