import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import * as assert from 'uvu/assert'
import { suite } from '../harness.ts'
import { until } from '../network/net.ts'

interface Checkout {
  readonly folder: string
  readonly lockFolder: string
  /** How often npm was started. */
  npmRuns(): number
  setup(): Promise<{ status: number | null; stdout: string; stderr: string }>
}

const test = suite('scripts/setup')
const script = resolve(import.meta.dirname, '../../scripts/setup.mjs')
const wanted = JSON.stringify({
  packages: {
    '': { name: 'checkout' },
    'node_modules/one': { version: '1.0.0', integrity: 'sha512-one' },
    'node_modules/other-platform': { version: '1.0.0', integrity: 'sha512-other', optional: true },
  },
})
const installed = wanted.replace(/,"node_modules\/other-platform":\{[^}]*\}/, '')
const installs = `sleep 0.3; mkdir -p node_modules; printf '%s' '${installed}' > node_modules/.package-lock.json`

/** A checkout with a stand-in for npm that does what `body` says. */
async function inCheckout(body: string, check: (checkout: Checkout) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'setup-'))
  try {
    mkdirSync(join(folder, 'bin'))
    cpSync(script, join(folder, 'scripts/setup.mjs'))
    writeFileSync(join(folder, 'package-lock.json'), wanted)
    writeFileSync(join(folder, 'bin/npm'), `#!/bin/sh\necho "$@" >> runs\n${body}\n`)
    chmodSync(join(folder, 'bin/npm'), 0o755)
    await check({
      folder,
      lockFolder: join(folder, '.setup.lock'),
      npmRuns: () =>
        existsSync(join(folder, 'runs')) ? readFileSync(join(folder, 'runs'), 'utf8').trim().split('\n').length : 0,
      setup: () => runSetup(folder),
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function spawnSetup(folder: string) {
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` }
  return spawn(process.execPath, [join(folder, 'scripts/setup.mjs')], { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

async function runSetup(folder: string): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawnSetup(folder)
  const status = new Promise<number | null>(settle => child.once('close', settle))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { status: await status, stdout, stderr }
}

test('installs once, says so on standard error, then has nothing to do', () =>
  inCheckout(installs, async ({ setup, npmRuns, lockFolder }) => {
    const first = await setup()
    assert.equal(first, { status: 0, stdout: '', stderr: 'setup: installing packages (npm ci), this happens once\n' })
    assert.equal(await setup(), { status: 0, stdout: '', stderr: '' })
    assert.is(npmRuns(), 1)
    assert.not.ok(existsSync(lockFolder))
  }))

test('installs again when the lock file asks for another version', () =>
  inCheckout(installs, async ({ setup, npmRuns, folder }) => {
    mkdirSync(join(folder, 'node_modules'))
    writeFileSync(join(folder, 'node_modules/.package-lock.json'), installed.replace('1.0.0', '0.9.0'))
    assert.is((await setup()).status, 0)
    assert.is(npmRuns(), 1)
  }))

test('two at once start npm once, and both end with everything installed', () =>
  inCheckout(installs, async ({ setup, npmRuns }) => {
    const both = await Promise.all([setup(), setup()])
    assert.equal(
      both.map(({ status }) => status),
      [0, 0],
    )
    assert.is(npmRuns(), 1)
  }))

test('a lock whose owner is gone is taken over', () =>
  inCheckout(installs, async ({ setup, npmRuns, lockFolder }) => {
    const { pid = 0 } = spawn('true')
    await new Promise(settle => setTimeout(settle, 50))
    mkdirSync(lockFolder)
    writeFileSync(join(lockFolder, 'pid'), String(pid))
    assert.is((await setup()).status, 0)
    assert.is(npmRuns(), 1)
    assert.not.ok(existsSync(lockFolder))
  }))

test('a failure shows what npm said, adds what to do about an unreachable registry, and leaves no lock', () =>
  inCheckout('echo "npm error code ENOTFOUND" >&2; exit 1', async ({ setup, lockFolder }) => {
    const { status, stdout, stderr } = await setup()
    assert.is(status, 1)
    assert.is(stdout, '')
    assert.match(stderr, /npm ci failed \(status 1\)\nnpm error code ENOTFOUND\n.*can't be reached: check the network/)
    assert.not.ok(existsSync(lockFolder))
  }))

test('an npm that installs nothing is not believed', () =>
  inCheckout('exit 0', async ({ setup }) => {
    const { status, stderr } = await setup()
    assert.is(status, 1)
    assert.match(stderr, /node_modules is missing or incomplete/)
  }))

/** A bundler that writes the page, made of one file. */
const bundles = `
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
const at = name => new URL('../../' + name, import.meta.url)
mkdirSync(at('build/'), { recursive: true })
appendFileSync(at('bundled'), 'x')
writeFileSync(at('build/explorer.html'), '')
writeFileSync(at('build/explorer.sources.json'), '["one.css"]')
`

test('builds the page when there is none, and anew when what it was made of changed', () =>
  inCheckout(installs, async ({ folder, setup }) => {
    mkdirSync(join(folder, 'scripts/bundle'), { recursive: true })
    writeFileSync(join(folder, 'scripts/bundle/main.ts'), bundles)
    writeFileSync(join(folder, 'one.css'), '')
    const built = () => readFileSync(join(folder, 'bundled'), 'utf8').length
    for (const times of [1, 1]) {
      assert.is((await setup()).status, 0)
      assert.is(built(), times)
    }
    utimesSync(join(folder, 'build/explorer.html'), 1, 1)
    assert.is((await setup()).status, 0)
    assert.is(built(), 2)
  }))

test('a page that can’t be built is told, and keeps nobody from the rest', () =>
  inCheckout(installs, async ({ folder, setup }) => {
    mkdirSync(join(folder, 'scripts/bundle'), { recursive: true })
    writeFileSync(join(folder, 'scripts/bundle/main.ts'), "throw new Error('no bundler')\n")
    const { status, stderr } = await setup()
    assert.is(status, 0)
    assert.match(stderr, /page couldn't be built[\s\S]*no bundler/)
  }))

test('a signal after npm has ended ends the setup, as if npm had never run', () =>
  inCheckout(installs, async ({ folder }) => {
    mkdirSync(join(folder, 'scripts/bundle'), { recursive: true })
    const slow = "import { writeFileSync } from 'node:fs'\nwriteFileSync('building', '')\nsetTimeout(() => {}, 3_000)\n"
    writeFileSync(join(folder, 'scripts/bundle/main.ts'), slow)
    const child = spawnSetup(folder)
    const ended = once(child, 'exit')
    await until('the page is being built', () => existsSync(join(folder, 'building')))
    child.kill('SIGTERM')
    assert.equal(await ended, [null, 'SIGTERM'])
  }))
