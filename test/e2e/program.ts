import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { withoutSettings } from '../../src/config/variables.ts'

export const repository = fileURLToPath(new URL('../..', import.meta.url))
const main = fileURLToPath(new URL('../../src/cli/openledger.mjs', import.meta.url))

export interface Ended {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** `{ok, data}` or `{ok, error}` as `--json` prints it. */
export interface JsonAnswer<Data> {
  readonly ok: boolean
  readonly data?: Data
  readonly error?: { readonly code: string; readonly message: string; readonly next?: string }
}

export interface ProgramOptions {
  readonly ownGroup?: boolean
  /** Beside this process's own, without what is a setting. */
  readonly env?: NodeJS.ProcessEnv
}

const deadlineMsDefault = 60_000

/** A program that was started as a user starts it. Nothing of it outlives this process. */
export class Program {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  stdout = ''
  stderr = ''

  constructor(command: string, args: readonly string[], options: ProgramOptions = {}) {
    const { ownGroup = false, env = {} } = options
    this.child = spawn(command, args, {
      cwd: repository,
      // What is set around the tests is for them, not for the program.
      env: { ...withoutSettings(process.env), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: ownGroup,
    })
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
    })
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject)
      this.child.once('close', (status, signal) => {
        process.off('exit', kill)
        resolve({ status, signal, stdout: this.stdout, stderr: this.stderr })
      })
    })
    const kill = () => this.child.kill('SIGKILL')
    process.once('exit', kill)
  }

  get pid(): number {
    return this.child.pid!
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null
  }

  /** Its end; it is killed if that takes too long. */
  async end(deadlineMs = deadlineMsDefault): Promise<Ended> {
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      this.child.kill('SIGKILL')
    }, deadlineMs)
    try {
      const ended = await this.ended
      if (isLate) throw new Error(`not ended within ${deadlineMs} ms\n${this.stderr.slice(-4_000)}`)
      return ended
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Starts `openledger` with these arguments. */
export function start(args: readonly string[], options?: ProgramOptions): Program {
  return new Program(process.execPath, [main, ...args], options)
}

/** Runs `openledger` to its end. */
export async function openledger(args: readonly string[], deadlineMs?: number): Promise<Ended> {
  return await start(args).end(deadlineMs)
}

/** Runs it with `--json`, expects success, and answers the data. */
export async function answer<Data>(args: readonly string[], deadlineMs?: number): Promise<Data> {
  const { status, stdout, stderr } = await openledger([...args, '--json'], deadlineMs)
  assert.is(status, 0, `openledger ${args.join(' ')}\n${stdout.slice(0, 2_000)}\n${stderr.slice(-2_000)}`)
  const { ok, data } = parseAnswer<Data>(stdout)
  assert.ok(ok)
  return data!
}

/** Runs it with `--json`, expects a refusal, and answers it. A dump of a crash is none. */
export async function refusal(
  args: readonly string[],
  deadlineMs?: number,
): Promise<{ status: number | null; code: string; message: string; next: string }> {
  const { status, signal, stdout, stderr } = await openledger([...args, '--json'], deadlineMs)
  const shown = `openledger ${args.join(' ')}\n${stdout.slice(0, 2_000)}\n${stderr.slice(-2_000)}`
  assert.is(signal, null, shown)
  assert.not.match(stdout + stderr, /^\s+at .+:\d+:\d+/m, shown)
  const { ok, error } = parseAnswer(stdout)
  assert.is(ok, false, shown)
  return { status, code: error!.code, message: error!.message, next: error!.next ?? '' }
}

/** One object on one line, and nothing else. */
export function parseAnswer<Data>(stdout: string): JsonAnswer<Data> {
  assert.match(stdout, /^\{.*\}\n$/)
  return JSON.parse(stdout)
}

/** Lines of NDJSON. */
export async function exported<Line>(kind: 'records' | 'checkpoints' | 'payouts', data: string): Promise<Line[]> {
  const { status, stdout, stderr } = await openledger(['export', `--${kind}`, '--data', data])
  assert.is(status, 0, stderr)
  const lines = stdout.split('\n')
  assert.is(lines.pop(), '')
  return lines.map(line => JSON.parse(line))
}
