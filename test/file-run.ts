import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventsEnvironment, eventsFd, type TestEvent } from './events.ts'

export interface Failure {
  readonly title: string
  readonly text: string
}

export interface FileResult {
  readonly passed: number
  readonly skipped: readonly string[]
  readonly failures: readonly Failure[]
  /** The end of what the file printed on both streams. */
  readonly output: string
  readonly durationMs: number
}

const loadMsMax = 60_000
const graceMs = 3_000
const drainMsMax = 1_000
const outputCharsMax = 20_000

const running = new Set<ChildProcess>()

/** Runs one test file in its own process, and leaves no process behind that it started. */
export async function runTestFile(path: string): Promise<FileResult> {
  const startedMs = Date.now()
  const child = spawn(process.execPath, [path], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...eventsEnvironment },
    // Its own process group: what a test leaves running is ended with it.
    detached: true,
  })
  running.add(child)
  const output = collectOutput(child)
  const events = collectEvents(child)
  const ended = await exitOf(child)
  killGroup(child)
  running.delete(child)
  await Promise.race([events.closed, sleep(drainMsMax, undefined, { ref: false })])
  return { ...judge(events.list, events.silent() ?? ended), output: output(), durationMs: Date.now() - startedMs }
}

/** Ends every test file that is under way, when the run itself is interrupted. */
export function killRunning(): void {
  for (const child of running) killGroup(child)
}

type Judgement = Pick<FileResult, 'passed' | 'skipped' | 'failures'>

/** A file is only as good as its own account of itself: an end without one is a failure, whatever the exit status says. */
function judge(events: readonly TestEvent[], ended: string): Judgement {
  const failures = events.filter(event => event.type === 'fail')
  const passed = events.filter(event => event.type === 'pass').length
  const skipped = events.filter(event => event.type === 'skip').map(event => event.title)
  const complete = events.some(event => event.type === 'end') && (ended === 'status 0' || failures.length > 0)
  if (complete) return { passed, skipped, failures }
  const settled = new Set(
    events.filter(event => event.type === 'pass' || event.type === 'fail').map(event => event.title),
  )
  const unsettled = events.findLast(event => event.type === 'start' && !settled.has(event.title))
  const title = unsettled?.type === 'start' ? unsettled.title : '(file)'
  return { passed, skipped, failures: [...failures, { title, text: `the process ended early: ${ended}` }] }
}

function collectEvents(child: ChildProcess): {
  list: TestEvent[]
  closed: Promise<void>
  silent: () => string | undefined
} {
  const list: TestEvent[] = []
  const closed = Promise.withResolvers<void>()
  let silent: string | undefined
  // A loop that never yields also holds up the deadline inside the process.
  const watch = (ms: number) =>
    setTimeout(() => {
      silent = `no sign of life for ${ms} ms`
      killGroup(child)
    }, ms)
  let watchdog = watch(loadMsMax)
  const lines = createInterface({ input: child.stdio[eventsFd] as Readable })
  lines.on('line', line => {
    const event = JSON.parse(line) as TestEvent
    list.push(event)
    clearTimeout(watchdog)
    watchdog = watch(event.type === 'start' ? event.deadlineMs + graceMs : loadMsMax)
  })
  lines.on('close', () => closed.resolve())
  child.once('exit', () => clearTimeout(watchdog))
  closed.promise.then(() => clearTimeout(watchdog))
  return { list, closed: closed.promise, silent: () => silent }
}

function collectOutput(child: ChildProcess): () => string {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-outputCharsMax)
    })
  }
  return () => text
}

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('exit', (status, signal) => resolve(signal === null ? `status ${status}` : `signal ${signal}`))
  })
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Nobody of the group is left, which is the usual case.
  }
}
