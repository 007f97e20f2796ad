/**
 * Installs the packages when they are missing or differ from package-lock.json, and builds the explorer's page when its sources
 * changed; otherwise does nothing, quickly.
 * Plain JavaScript without packages: it runs before there are any, on whatever Node (18 or later) the system has.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const lockFolder = join(root, '.setup.lock')
const waitMs = 200
/** Between making the lock folder and naming its owner in it: a folder without a name for longer was left by a crash. */
const namelessMsMax = 2_000
const nodeMajorMin = 18
/** The first Node that runs the TypeScript sources directly. */
const nodeMajorSources = 24
const shownLinesMax = 20
const bundler = 'scripts/bundle/main.ts'

class SetupError extends Error {}

async function setup() {
  if (major() < nodeMajorMin)
    throw new SetupError(`Node ${nodeMajorMin} or later is needed, this is ${process.version}`)
  if (isInstalled() && isBuilt()) return
  await lock()
  try {
    // Whoever held the lock before may have done the work.
    if (!isInstalled()) await install()
    if (!isBuilt()) await build()
  } finally {
    rmSync(lockFolder, { recursive: true, force: true })
  }
}

async function install() {
  say('installing packages (npm ci), this happens once')
  await installPackages()
  if (!isInstalled())
    throw new SetupError(`npm ci ended well, but ${missing()}; is ignore-scripts or omit set for npm?`)
}

/** Whether the page is younger than everything that it was made of. A checkout without its bundler has nothing to build. */
function isBuilt() {
  if (!existsSync(join(root, bundler))) return true
  const builtMs = changedMs('build/explorer.html')
  const sources = [...(sourcesBuilt() ?? [bundler]), 'package-lock.json']
  return builtMs !== undefined && sources.every(path => (changedMs(path) ?? Number.POSITIVE_INFINITY) <= builtMs)
}

function sourcesBuilt() {
  try {
    return JSON.parse(readFileSync(join(root, 'build/explorer.sources.json'), 'utf8'))
  } catch {
    return undefined
  }
}

function changedMs(path) {
  try {
    return statSync(join(root, path)).mtimeMs
  } catch {
    return undefined
  }
}

/** Without the page a node is as good as with it, so that a failure is told and no more. */
function build() {
  const node = major() < nodeMajorSources ? join(root, 'node_modules/.bin/node') : process.execPath
  const child = spawn(node, [join(root, bundler), 'explorer'], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] })
  let output = ''
  child.stderr.setEncoding('utf8').on('data', chunk => (output += chunk))
  return new Promise(resolve => {
    const fail = why => say(`the explorer's page couldn't be built: ${why}`)
    child.on('error', error => fail(error.message))
    child.on('close', status => {
      if (status !== 0) fail(lastLines(output))
      resolve()
    })
  })
}

function isInstalled() {
  return missing() === undefined
}

/**
 * Compares what npm noted down about its last installation with what the lock file asks for. Times of files say less: git sets
 * them anew on every checkout.
 */
function missing() {
  const installed = packagesOf('node_modules/.package-lock.json')
  if (!installed) return 'node_modules is missing or incomplete'
  for (const [path, wanted] of Object.entries(packagesOf('package-lock.json') ?? {})) {
    // Optional packages are those of other platforms.
    if (path === '' || wanted.optional || wanted.devOptional) continue
    const { version, integrity } = installed[path] ?? {}
    if (version !== wanted.version || integrity !== wanted.integrity) return `${path} isn't at ${wanted.version}`
  }
  // The package `node` fetches its binary in an install script, which npm may have been told to skip.
  if (major() < nodeMajorSources && !existsSync(join(root, 'node_modules/.bin/node')))
    return "the package 'node' has no binary"
  return undefined
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages
  } catch {
    return undefined
  }
}

function installPackages() {
  // npm replaces node_modules, so it must not run on the Node inside of it. `npm run -s` would silence this npm's errors too.
  const path = (process.env.PATH ?? '').split(delimiter).filter(folder => !folder.includes('node_modules'))
  const child = spawn('npm', ['ci', '--loglevel=error'], {
    cwd: root,
    env: { ...process.env, PATH: path.join(delimiter) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', chunk => (output += chunk))
  // Ctrl-C reaches npm by itself, being in the same process group; the lock is released after npm has ended.
  const passOn = signal => child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, passOn)
  // What follows npm is ended by them as by default.
  child.on('close', () => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.removeListener(signal, passOn)
  })
  return new Promise((resolve, reject) => {
    child.on('error', error => reject(new SetupError(`npm can't be started (${error.message}); it comes with Node.js`)))
    child.on('close', (status, signal) => {
      if (status === 0) resolve()
      else
        reject(new SetupError(`npm ci failed (${signal ?? `status ${status}`})\n${lastLines(output)}${hint(output)}`))
    })
  })
}

function lastLines(output) {
  return output.trimEnd().split('\n').slice(-shownLinesMax).join('\n')
}

function hint(output) {
  const unreachable = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH/.test(output)
  return unreachable
    ? "\nThe package registry can't be reached: check the network and npm's proxy settings, then run this again."
    : ''
}

async function lock() {
  for (let waited = 0; !takeLock(); waited += waitMs) {
    if (isAbandoned(waited)) {
      discardLock()
      continue
    }
    if (waited === 0) say('waiting for another installation to end')
    await sleep(waitMs)
  }
}

function takeLock() {
  try {
    mkdirSync(lockFolder)
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw new SetupError(`${lockFolder} can't be made: ${error.message}`)
  }
  writeFileSync(join(lockFolder, 'pid'), String(process.pid))
  return true
}

function isAbandoned(waitedMs) {
  const pid = ownerOf(lockFolder)
  if (pid === undefined) return existsSync(lockFolder) && waitedMs > namelessMsMax
  return !isRunning(pid)
}

/** Renaming is atomic: of several who find the same abandoned lock, one gets it, and gives it back if it is a new one. */
function discardLock() {
  const aside = `${lockFolder}.${process.pid}`
  try {
    renameSync(lockFolder, aside)
    const pid = ownerOf(aside)
    if (pid !== undefined && isRunning(pid)) renameSync(aside, lockFolder)
  } catch {
    // Another one was faster.
  }
  rmSync(aside, { recursive: true, force: true })
}

function ownerOf(folder) {
  try {
    return Number(readFileSync(join(folder, 'pid'), 'utf8')) || undefined
  } catch {
    return undefined
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function major() {
  return Number.parseInt(process.versions.node, 10)
}

function say(line) {
  process.stderr.write(`setup: ${line}\n`)
}

try {
  await setup()
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  say(error.message)
  process.exitCode = 1
}
