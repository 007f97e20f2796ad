/** The house itself: the direction of its imports, the purity of its rules, and the tidiness that a reviewer would tire of checking. */
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import * as assert from 'uvu/assert'
import { suite } from './harness.ts'

interface Lock {
  readonly packages: Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>>
}

const test = suite('house')
const root = resolve(import.meta.dirname, '..')
const ownLinesMax = 400
const read = (path: string) => readFileSync(join(root, path), 'utf8')

const codeFiles = globSync(['{consensus,network,src,scripts,test}/**/*.{ts,tsx,mjs}'], { cwd: root }).sort()
const proseFiles = globSync(['*.md', 'consensus/*.md', 'docs/**/*.md'], { cwd: root }).sort()
const rootFiles = [
  '.ci/run',
  'Dockerfile',
  'compose.yaml',
  'compose.testnet.yaml',
  'package.json',
  'package-lock.json',
  '.npmrc',
  'biome.json',
]
const allFiles = [...codeFiles, ...proseFiles, ...rootFiles].filter(path => path !== 'test/house.test.ts')

/** Files that hold the pattern, with the line. */
function findings(files: readonly string[], pattern: RegExp): string[] {
  return files.flatMap(path =>
    read(path)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  )
}

/** Runs a tool over a small house with the real configuration and the given files; what it prints. */
function inSmallHouse(
  files: Readonly<Record<string, string>>,
  tool: string,
  ...args: string[]
): { status: number | null; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'house-'))
  const good = Object.fromEntries(
    ['consensus', 'network', 'src'].map(name => [`${name}/one.ts`, `export const ${name} = 1\n`]),
  )
  try {
    for (const path of [
      'package.json',
      'tsconfig.base.json',
      'biome.json',
      'test/throws-text.grit',
      'consensus/platform.d.ts',
      ...globSync('*/tsconfig.json', { cwd: root }),
      '.gitignore',
    ])
      cpSync(join(root, path), join(folder, path))
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    for (const [path, text] of Object.entries({ ...good, ...files })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const { status, stdout, stderr } = spawnSync(join(root, 'node_modules/.bin', tool), args, {
      cwd: folder,
      encoding: 'utf8',
    })
    return { status, output: stdout + stderr }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const compile = (files: Readonly<Record<string, string>>) =>
  inSmallHouse(files, 'tsc', '-b', 'consensus', 'network', 'src')

test('imports along the one direction compile', () => {
  const { status, output } = compile({
    'network/two.ts': "export { consensus } from '../consensus/one.ts'\nexport { hostname } from 'node:os'\n",
    'src/two.ts': "export { consensus } from '../consensus/one.ts'\nexport { network } from '../network/one.ts'\n",
  })
  assert.is(status, 0, output)
})

const refused: readonly [what: string, errors: RegExp, path: string, text: string][] = [
  ['a Node module in consensus', /TS2591|TS2307/, 'consensus/bad.ts', "export { readFileSync } from 'node:fs'\n"],
  ['a Node global in consensus', /TS2591|TS2304/, 'consensus/bad.ts', 'export const bytes = Buffer.alloc(1)\n'],
  [
    'a clock of the platform in consensus',
    /TS2304|TS2591|TS2584/,
    'consensus/bad.ts',
    'export const now = performance.now()\n',
  ],
  ['network from consensus', /TS6059|TS6307/, 'consensus/bad.ts', "export { network } from '../network/one.ts'\n"],
  ['src from consensus', /TS6059|TS6307/, 'consensus/bad.ts', "export { src } from '../src/one.ts'\n"],
  ['src from network', /TS6059|TS6307/, 'network/bad.ts', "export { src } from '../src/one.ts'\n"],
  [
    'a type of src from network',
    /TS6059|TS6307/,
    'network/bad.ts',
    "import type { src } from '../src/one.ts'\nexport type Bad = typeof src\n",
  ],
  ['syntax that Node cannot strip', /TS1294/, 'src/bad.ts', 'export enum Bad {\n  One,\n}\n'],
]
for (const [what, errors, path, text] of refused) {
  test(`the compiler refuses ${what}`, () => {
    const { status, output } = compile({ [path]: text })
    assert.is.not(status, 0)
    assert.match(output, errors)
    assert.ok(output.includes('bad.ts'), output)
  })
}

test('the linter refuses a cycle of imports', () => {
  const one = "import { two } from './two.ts'\n\nexport const one = (): number => two()\n"
  const two = "import { one } from './one.ts'\n\nexport const two = (): number => one()\n"
  const { status, output } = inSmallHouse({ 'src/one.ts': one, 'src/two.ts': two }, 'biome', 'check', '.')
  assert.is.not(status, 0)
  assert.match(output, /noImportCycles/)
})

test('the linter refuses to expect a text of an error, of which uvu would look at nothing', () => {
  const judged = (expected: string) =>
    inSmallHouse(
      { 'test/one.ts': `import * as assert from 'uvu/assert'\n\nassert.throws(() => undefined, ${expected})\n` },
      'biome',
      'lint',
      '.',
    )
  for (const text of ["'bad'", '`bad $' + '{1}`']) {
    const { status, output } = judged(text)
    assert.is.not(status, 0, text)
    assert.match(output, /a text here judges no error/)
  }
  for (const good of ['/bad/', "() => true, 'bad'"]) {
    const { status, output } = judged(good)
    assert.is(status, 0, output)
  }
})

test('E1: the rules read no clock, no randomness and no locale of the language', () => {
  const rules = codeFiles.filter(path => path.startsWith('consensus/'))
  const impure = /\bDate\.(now|parse|UTC)\b|\bnew Date\b|\bMath\.random\b|\bIntl\.|\.toLocale\w*\(|\.localeCompare\(/
  assert.equal(findings(rules, impure), [])
})

test('nothing is left for later', () => {
  assert.equal(findings(allFiles, /\b(TODO|FIXME|XXX)\b/), [])
})

test(`no file of the program is longer than ${ownLinesMax} lines`, () => {
  const long = codeFiles.filter(path => !path.startsWith('test/') && read(path).split('\n').length > ownLinesMax + 1)
  assert.equal(long, [])
})

test('no path of one machine and no address of a registry is in any file', () => {
  assert.equal(findings(allFiles, /(^|[\s'"`(=:])\/(home|Users|root|work)\/\w/), [])
  assert.equal(findings(allFiles, /npmjs\.|yarnpkg\.|\bregistry\.[a-z]+\.[a-z]|"resolved":/), [])
})

test('the lock file holds the packages of every platform, so that a clean install works on each', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as Lock
  const names = new Set(Object.keys(packages).map(path => path.split('node_modules/').at(-1)))
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).flatMap(name => (names.has(name) ? [] : [`${path} wants ${name}`])),
  )
  assert.equal(missing, [])
})

test('the README names its commands and folders, and every path that prose names exists', () => {
  const readme = read('README.md')
  for (const needed of ['npm run testnet', 'npm test', 'consensus/', 'network/', 'src/', 'CONTRIBUTING.md'])
    assert.ok(readme.includes(needed), `README.md doesn't mention ${needed}`)
  const named = proseFiles.flatMap(path => {
    const paths = read(path).matchAll(/`((?:consensus|network|src|test|scripts|docs)\/[\w./-]*)`/g)
    return [...paths].flatMap(([, name = '']) => (existsSync(join(root, name)) ? [] : [`${path}: ${name}`]))
  })
  assert.equal(named, [])
})
