import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { NodeClient } from '../../src/api/client.ts'
import { socketPath } from '../../src/api/socket-path.ts'
import { withoutSettings } from '../../src/config/variables.ts'
import type { NodeMessage } from '../../src/daemon/supervision.ts'
import { createKey } from '../../src/keys/key-file.ts'
import { seedOf } from './economy.ts'
import { buildLongLedger, type LongLedger, type LongLedgerSize, voteKeyPath } from './long-ledger.ts'
import type { Measurement } from './measure.ts'

const program = fileURLToPath(new URL('../../src/cli/openledger.mjs', import.meta.url))
const waitMsMax = 300_000
/** Seldom: each question costs the node that is measured. */
const pollMs = 250

/** (h) A node joins a network of real processes: by a snapshot, by a snapshot with a kill -9 in the middle, by a replay of everything. */
export async function measureJoin(size: LongLedgerSize): Promise<Measurement[]> {
  const dir = await mkdtemp(join(tmpdir(), 'openledger-bench-'))
  const bench = new JoinBench(dir)
  try {
    const data = join(dir, 'server')
    const ledger = await buildLongLedger(data, size)
    await writeFile(join(dir, 'genesis.cbor'), ledger.genesis)
    await createKey(voteKeyPath(dir), 'vote', { unprotected: true }, seedOf('vote'))
    const server = await bench.start('server', [], ['--vote-key', voteKeyPath(dir)])
    const bootstrap = ['--bootstrap', (await server.ready)[0]!]
    const bySnapshot = await bench.join('by-snapshot', ledger, [...bootstrap, '--sync', 'snapshot'])
    const broken = await bench.breakOff('broken', ledger, [...bootstrap, '--sync', 'snapshot'])
    const replayed = await bench.join('replayed', ledger, [...bootstrap, '--sync', 'full'])
    return report(ledger, bySnapshot, broken, replayed)
  } finally {
    await bench.end()
    await rm(dir, { recursive: true, force: true })
  }
}

interface Joined {
  /** From the start of the process until the newest epoch is its own. */
  readonly seconds: number
  /** Of that, until the node was up. */
  readonly startSeconds: number
}

interface Broken extends Pick<Joined, 'seconds'> {
  /** Of the state, what was there when it went on; undefined where the kill came too late or too early. */
  readonly here: string | undefined
}

interface Running {
  readonly child: ChildProcess
  readonly data: string
  readonly ready: Promise<readonly string[]>
  /** Resolves with the first line of the log that says this. */
  said(message: string): Promise<Record<string, unknown>>
}

class JoinBench {
  readonly #dir: string
  readonly #children = new Set<ChildProcess>()

  constructor(dir: string) {
    this.#dir = dir
  }

  async start(name: string, bootstrap: readonly string[], flags: readonly string[]): Promise<Running> {
    const data = join(this.#dir, name)
    const listen = ['--listen', '/ip4/127.0.0.1/tcp/0', '--api', 'none', '--log-format', 'json']
    const args = [
      'start',
      '--data',
      data,
      '--genesis',
      join(this.#dir, 'genesis.cbor'),
      ...listen,
      ...bootstrap,
      ...flags,
    ]
    const stdio = ['ignore', 'ignore', 'pipe', 'ipc'] as const
    const child = spawn(process.execPath, [program, ...args], { stdio: [...stdio], env: withoutSettings(process.env) })
    this.#children.add(child)
    const ended = new Promise<never>((_, reject) => {
      child.once('exit', status => reject(new Error(`${name} ended with status ${status}`)))
    })
    ended.catch(() => {})
    const up = new Promise<readonly string[]>(resolve => {
      child.on('message', (message: NodeMessage) => message.type === 'ready' && resolve(message.status.addrs))
    })
    const ready = soon(`${name} is up`, Promise.race([up, ended]))
    const lines: Record<string, unknown>[] = []
    const heard = new Set<(line: Record<string, unknown>) => void>()
    createInterface({ input: child.stderr! }).on('line', text => {
      const line = text.startsWith('{') ? JSON.parse(text) : {}
      lines.push(line)
      for (const hear of heard) hear(line)
    })
    const said = (message: string): Promise<Record<string, unknown>> => {
      const line = new Promise<Record<string, unknown>>(resolve => {
        const known = lines.find(line => line.msg === message)
        if (known !== undefined) resolve(known)
        heard.add(line => line.msg === message && resolve(line))
      })
      return soon(`${name} says: ${message}`, Promise.race([line, ended]))
    }
    return { child, data, ready, said }
  }

  async join(name: string, { epoch }: LongLedger, flags: readonly string[]): Promise<Joined> {
    const began = performance.now()
    const running = await this.start(name, [], flags)
    await running.ready
    const startSeconds = (performance.now() - began) / 1_000
    await reach(running.data, epoch)
    const seconds = (performance.now() - began) / 1_000
    await this.#stop(running.child, 'SIGTERM')
    return { seconds, startSeconds }
  }

  /** Kills the node soon after it began to fetch, and starts it again. */
  async breakOff(name: string, ledger: LongLedger, flags: readonly string[]): Promise<Broken> {
    const first = await this.start(name, [], [...flags, '--log', 'debug'])
    await first.said('a chunk of the state is here')
    await this.#stop(first.child, 'SIGKILL')
    const began = performance.now()
    const second = await this.start(name, [], flags)
    const resumed = second.said('going on with a snapshot')
    await second.ready
    await reach(second.data, ledger.epoch)
    const here = await Promise.race([resumed.then(line => String(line.here)), sleep(100).then(() => undefined)])
    const seconds = (performance.now() - began) / 1_000
    await this.#stop(second.child, 'SIGTERM')
    return { seconds, here }
  }

  async end(): Promise<void> {
    await Promise.all([...this.#children].map(child => this.#stop(child, 'SIGKILL')))
  }

  async #stop(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#children.delete(child)
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise(resolve => child.once('exit', resolve))
    child.kill(signal)
    await gone
  }
}

/** The promise's outcome, if it comes soon enough. Nobody has to wait for it. */
function soon<T>(what: string, promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`not within ${waitMsMax} ms: ${what}`)), waitMsMax)
  const outcome = Promise.race([promise, late]).finally(() => clearTimeout(timer))
  outcome.catch(() => {})
  return outcome
}

async function reach(data: string, epoch: number): Promise<void> {
  const client = new NodeClient({ socket: socketPath(data) })
  const endMs = performance.now() + waitMsMax
  try {
    while ((await client.status()).epoch < epoch) {
      if (performance.now() > endMs) throw new Error(`not within ${waitMsMax} ms: epoch ${epoch}`)
      await sleep(pollMs)
    }
  } finally {
    await client.close()
  }
}

function report(ledger: LongLedger, bySnapshot: Joined, broken: Broken, replayed: Joined): Measurement[] {
  const { records, epoch, snapshot } = ledger
  const what = `a network of ${records} records in ${epoch} epochs`
  const perSecond = Math.round(records / (replayed.seconds - replayed.startSeconds))
  const rounded = (seconds: number): number => Math.round(seconds * 10) / 10
  return [
    {
      name: `(h) joining ${what} by a snapshot of ${snapshot.cells} cells in ${snapshot.chunks} chunks`,
      value: rounded(bySnapshot.seconds),
      unit: 's',
      goal: '< 20',
      reached: bySnapshot.seconds < 20,
    },
    {
      name: `(h) the same, going on after a kill -9 with ${broken.here ?? 'nothing'} of the state here`,
      value: rounded(broken.seconds),
      unit: 's',
      goal: '< 20',
      reached: broken.here !== undefined && broken.seconds < 20,
    },
    {
      name: `(h) joining ${what} by executing everything, in ${rounded(replayed.seconds)} s with the start of the program`,
      value: perSecond,
      unit: 'records/s',
      goal: '≥ 20000',
      reached: perSecond >= 20_000,
    },
  ]
}
