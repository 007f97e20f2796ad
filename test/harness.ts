/**
 * The one way to declare tests. uvu runs and prints them; this module closes the ways in which uvu 0.5.6 reports success without it:
 * a hook that throws, a thrown value that is no Error, a forgotten `.run()`, a test that never settles, a stray rejection.
 */
import { realpathSync } from 'node:fs'
import { setTimeout as startTimer } from 'node:timers'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import { eventWriter, type TestEvent } from './events.ts'

/** A test body. The signal aborts when its deadline has passed. */
export type TestBody = (signal: AbortSignal) => unknown

export interface TestOptions {
  /** The test fails if it hasn't settled after so many milliseconds; default 30,000. */
  readonly deadlineMs?: number
}

export interface Suite {
  (title: string, body: TestBody, options?: TestOptions): void
  /** Runs once before the suite's tests; if it fails, they all fail. */
  before(body: TestBody): void
  /** Runs once after the suite's tests, also if they failed. */
  after(body: TestBody): void
  /** Declares a test that isn't run; the count of skipped tests stays visible in the last line. */
  skip(title: string, body?: TestBody, options?: TestOptions): void
}

const deadlineMsDefault = 30_000
const lingerMsMax = 2_000

// With UVU_DEFER uvu waits for our exec(), which can be awaited; by itself it runs on a timer and nobody sees it fail.
Object.assign(globalThis, { UVU_DEFER: true, UVU_QUEUE: [[null]] })
const uvu = await import('uvu')

const report = eventWriter()
const emit = (event: TestEvent) => report?.(event)
const runners: (() => void)[] = []
const counts = { declared: 0, passed: 0, failed: 0, skipped: 0 }
const reported = new Set<unknown>()
let phase: 'declaring' | 'running' | 'finished' = 'declaring'
let failCurrent: ((error: unknown) => void) | undefined

/** Declares a suite, e.g. `suite('merkle/list-tree')`; it runs by itself once the file is loaded. */
export function suite(name: string): Suite {
  const inner = uvu.suite(name)
  let brokenBy: Error | undefined
  declare(() => inner.run())

  const test = (title: string, body: TestBody, { deadlineMs = deadlineMsDefault }: TestOptions = {}) => {
    declare()
    counts.declared++
    inner(title, async () => {
      if (brokenBy) throw presentable(failed(`${name} › ${title}`, brokenBy))
      await runTest(`${name} › ${title}`, body, deadlineMs)
    })
  }

  const hook = (kind: string, body: TestBody) => async () => {
    const error = await attempt(body, deadlineMsDefault)
    if (!error) return
    if (kind === 'before') brokenBy ??= new Error(`the before hook failed: ${error.message}`, { cause: error })
    else failed(`${name} › (${kind} hook)`, error)
  }

  return Object.assign(test, {
    before: (body: TestBody) => inner.before(hook('before', body)),
    after: (body: TestBody) => inner.after(hook('after', body)),
    skip: (title: string) => {
      declare()
      counts.skipped++
      emit({ type: 'skip', title: `${name} › ${title}` })
      inner.skip(title)
    },
  })
}

function declare(runner?: () => void): void {
  if (phase !== 'declaring') throw new Error('a test was declared while tests run: it would never be executed')
  if (runner) runners.push(runner)
}

async function runTest(title: string, body: TestBody, deadlineMs: number): Promise<void> {
  emit({ type: 'start', title, deadlineMs })
  const error = await attempt(body, deadlineMs)
  if (error) throw presentable(failed(title, error))
  counts.passed++
  emit({ type: 'pass', title })
}

/** Runs a body to its end, its deadline or the first stray error, whichever comes first. */
async function attempt(body: TestBody, deadlineMs: number): Promise<Error | undefined> {
  const abort = new AbortController()
  const stray = Promise.withResolvers<never>()
  failCurrent = stray.reject
  const timer = startTimer(() => {
    const late = new Error(`not settled after its deadline of ${deadlineMs} ms`)
    stray.reject(late)
    abort.abort(late)
  }, deadlineMs)
  const settle = async () => {
    await body(abort.signal)
    // A rejection that nobody awaits is announced after the microtasks of this turn.
    await nextTurn()
  }
  try {
    await Promise.race([settle(), stray.promise])
    return undefined
  } catch (error) {
    return toError(error)
  } finally {
    clearTimeout(timer)
    failCurrent = undefined
  }
}

function failed(title: string, error: Error): Error {
  counts.failed++
  emit({ type: 'fail', title, text: failureText(error) })
  return error
}

function failedOutsideTests(title: string, cause: unknown): void {
  if (reported.has(cause)) return
  reported.add(cause)
  const error = failed(title, toError(cause))
  console.error(`${title}\n${failureText(error)}`)
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(`threw ${inspect(thrown)}, which is no Error`)
}

/** uvu's printer trips over unusual errors (a BigInt in `actual`, an `operator` that is no string) and drops the tests after them. */
function presentable(error: Error): Error {
  // A run prints the failures by itself, once and together.
  if (report) return Object.assign(new Error('reported'), { stack: '' })
  const stack = [error.message, ...frames(error)].join('\n')
  return Object.assign(new Error(error.message), { details: details(error), stack })
}

function failureText(error: Error): string {
  const cause = error.cause === undefined ? [] : [`caused by ${failureText(toError(error.cause))}`]
  return [`${error.name}: ${error.message}`, details(error), ...frames(error), ...cause].filter(Boolean).join('\n')
}

/** uvu's assertions carry the difference between the values as a text. */
function details(error: Error): string {
  return 'details' in error && typeof error.details === 'string' ? error.details : ''
}

const foreignFrame = /\(?node:|\/node_modules\/uvu\/|\/test\/harness\.ts:/

function frames(error: Error): string[] {
  return (error.stack ?? '').split('\n').filter(line => /^\s+at /.test(line) && !foreignFrame.test(line))
}

async function runFile(): Promise<void> {
  const main = process.argv[1]
  if (main === undefined) throw new Error('the harness belongs into a test file that is run as the main module')
  // Importing the main module again waits for the evaluation under way, with its top-level awaits.
  await import(pathToFileURL(realpathSync(main)).href).catch(error => failedOutsideTests('(loading the file)', error))
  phase = 'running'
  for (const run of runners) run()
  await uvu.exec()
  checkCompleteness()
  phase = 'finished'
  if (counts.failed > 0) process.exit(1)
  startTimer(() => {
    failedOutsideTests('(end of the file)', new Error(`still open: ${process.getActiveResourcesInfo().join(', ')}`))
    process.exit(1)
  }, lingerMsMax).unref()
}

function checkCompleteness(): void {
  const { declared, passed, failed } = counts
  if (declared + counts.skipped === 0) failedOutsideTests('(file)', new Error('declares no test'))
  if (passed + failed < declared)
    failedOutsideTests('(file)', new Error(`declared ${declared} tests, executed ${passed + failed}`))
}

function onStray(error: unknown): void {
  if (failCurrent) failCurrent(error)
  else failedOutsideTests('(outside of tests)', error)
}

process.on('uncaughtException', onStray)
process.on('unhandledRejection', onStray)
process.on('exit', () => {
  if (phase !== 'finished') failedOutsideTests('(file)', new Error('the process ended before its tests'))
  emit({ type: 'end' })
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
  console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`)
  process.exitCode = counts.failed > 0 ? 1 : 0
})
runFile().catch(error => {
  failedOutsideTests('(harness)', error)
  process.exit(1)
})
