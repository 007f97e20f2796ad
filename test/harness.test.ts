import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { resolve } from 'node:path'
import * as assert from 'uvu/assert'
import { suite } from './harness.ts'

interface Run {
  readonly status: number | null
  readonly output: string
  readonly lastLine: string | undefined
}

const test = suite('harness')
const runner = resolve(import.meta.dirname, 'run.ts')
const fixture = (name: string) => resolve(import.meta.dirname, 'fixtures/harness', `${name}.fixture.ts`)

function run(...args: string[]): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return { status, output: stdout + stderr, lastLine: stdout.trimEnd().split('\n').at(-1) }
}

/** What each fixture must come to: the last line of its run, and what the failure must say. */
const expectations: readonly [fixture: string, lastLine: string, says: RegExp][] = [
  ['passes', '2 passed, 0 failed', /✓/],
  ['skips', '1 passed, 0 failed, 1 skipped', /skipped: fixture › not yet/],
  ['before-hook-throws', '0 passed, 2 failed', /the before hook failed: no port/],
  ['after-hook-throws', '1 passed, 1 failed', /fixture › \(after hook\)[\s\S]*still running/],
  ['throws-no-error', '1 passed, 2 failed', /threw 'plain text', which is no Error/],
  ['never-settles', '1 passed, 1 failed', /not settled after its deadline of 50 ms/],
  ['stray-rejection', '1 passed, 1 failed', /leaves a rejection behind[\s\S]*nobody waits/],
  ['stray-exception', '1 passed, 1 failed', /is hit by an exception[\s\S]*out of a timer/],
  ['unprintable-failure', '1 passed, 1 failed', /differs/],
  ['exits-early', '0 passed, 1 failed', /the process ended before its tests/],
  ['crashes', '0 passed, 1 failed', /fixture › is killed[\s\S]*signal SIGKILL/],
  ['load-throws', '1 passed, 1 failed', /while loading/],
  ['load-hangs', '0 passed, 1 failed', /the process ended before its tests/],
  ['declares-late', '0 passed, 1 failed', /declared while tests run/],
  ['declares-none', '0 passed, 1 failed', /declares no test/],
  ['no-harness', '0 passed, 1 failed', /the process ended early: status 0/],
  ['leaves-open', '1 passed, 1 failed', /still open: .*TCPServerWrap/],
]

for (const [name, lastLine, says] of expectations) {
  test(`${name}: ${lastLine}`, () => {
    const { status, output, lastLine: got } = run(runner, fixture(name))
    assert.is(got, lastLine, output)
    assert.match(output, says)
    assert.is(status, lastLine.includes(' 0 failed') ? 0 : 1)
  })
}

test('a body that never yields is ended from outside, and later files still run', () => {
  const { status, output, lastLine } = run(runner, fixture('never-yields'), fixture('passes'))
  assert.is(lastLine, '2 passed, 1 failed', output)
  assert.match(output, /fixture › spins[\s\S]*no sign of life/)
  assert.is(status, 1)
})

test('a late test is told through its signal', () => {
  assert.match(run(runner, fixture('never-settles')).output, /aborted/)
})

test('a process that a test leaves behind is ended with its file', async () => {
  const { output } = run(runner, fixture('leaves-child'))
  const port = Number(/port (\d+)/.exec(output)?.[1])
  assert.ok(port > 0, output)
  const [error] = await once(connect(port, '127.0.0.1'), 'error')
  assert.is(error.code, 'ECONNREFUSED')
})

test('a run that matches no file fails', () => {
  const { status, output, lastLine } = run(runner, 'no/such/path')
  assert.is(lastLine, '0 passed, 1 failed')
  assert.match(output, /no test file matches no\/such\/path/)
  assert.is(status, 1)
})

test('a file runs on its own too', () => {
  const good = run(fixture('passes'))
  assert.is(good.lastLine, '2 passed, 0 failed')
  assert.is(good.status, 0)
  const bad = run(fixture('after-hook-throws'))
  assert.is(bad.lastLine, '1 passed, 1 failed')
  assert.is(bad.status, 1)
})
