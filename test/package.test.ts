import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { suite } from './harness.ts'
import { tempFolder } from './src/temp-folder.ts'

const test = suite('package')
const run = promisify(execFile)
const root = join(import.meta.dirname, '..')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly bin: Readonly<Record<string, string>>
}

/** What npm would publish of a folder in which these files are. */
async function packed(files: readonly string[]): Promise<string[]> {
  const folder = tempFolder()
  cpSync(join(root, 'package.json'), join(folder, 'package.json'))
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), '')
  }
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--offline']
  const { stdout } = await run('npm', args, { cwd: folder })
  const [{ files: listed }] = JSON.parse(stdout) as [{ files: { path: string }[] }]
  return listed.map(({ path }) => path).sort()
}

test('what the package promises is in it, built files included, and nothing of how it is made', async () => {
  const promised = [...Object.values(manifest.exports).flatMap(Object.values<string>), ...Object.values(manifest.bin)]
  const needed = [
    ...promised.map(path => path.replace(/^\.\//, '')),
    'README.md',
    'build/explorer.html',
    'build/types/src/api/routes/index.d.ts',
    'consensus/cid.ts',
    'network/network.ts',
    'scripts/sample-scenario.ndjson',
    'src/installed.mjs',
  ]
  const left = ['.ci/run', 'build/types/test/harness.d.ts', 'build/src.tsbuildinfo', 'scripts/setup.mjs', 'test/run.ts']
  assert.equal(await packed([...needed, ...left]), [...new Set([...needed, 'package.json'])].sort())
})

test('the program runs where it is installed, though Node strips no types there', async () => {
  const installed = join(tempFolder(), 'node_modules')
  const own = join(installed, 'openledger-node')
  for (const part of ['package.json', 'consensus', 'network', 'src']) {
    cpSync(join(root, part), join(own, part), { recursive: true })
  }
  for (const name of readdirSync(join(root, 'node_modules'))) {
    symlinkSync(join(root, 'node_modules', name), join(installed, name))
  }
  const program = join(own, manifest.bin.openledger!)
  const { stdout, stderr } = await run(process.execPath, [program, 'keys', 'list', tempFolder()])
  assert.match(stdout, /^no keys in/)
  assert.is(stderr, '')
})
