/**
 * Runs test files, each in its own process: `node test/run.ts [substring of a path, or a file …]`.
 * A file with a line `// runs alone: <reason>` has the machine to itself. The last line is `N passed, N failed[, N skipped]`.
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { type FileResult, killRunning, runTestFile } from './file-run.ts'

interface Totals {
  passed: number
  failed: number
  skipped: number
  readonly failedTitles: string[]
}

const testFolder = import.meta.dirname
const parallelMax = 2
const aloneLine = /^\/\/ runs alone: \S/m

async function main(wanted: readonly string[]): Promise<boolean> {
  const totals: Totals = { passed: 0, failed: 0, skipped: 0, failedTitles: [] }
  const files = testFiles(wanted)
  if (files.length === 0) {
    totals.failed++
    totals.failedTitles.push(`no test file matches ${wanted.join(' ') || 'test/**/*.test.ts'}`)
  }
  const alone = files.filter(file => aloneLine.test(readFileSync(file, 'utf8')))
  const together = files.filter(file => !alone.includes(file))
  await runAll(together, parallelMax, totals)
  await runAll(alone, 1, totals)
  printTotals(totals)
  return totals.failed === 0
}

/** Files named outright, otherwise those whose path holds one of the substrings. Sorted by code units, alike on every machine. */
function testFiles(wanted: readonly string[]): string[] {
  const named = wanted.filter(name => name.endsWith('.ts') && existsSync(name))
  const parts = wanted.filter(name => !named.includes(name))
  const found = globSync('**/*.test.ts', { cwd: testFolder }).filter(
    path => wanted.length === 0 || parts.some(part => `test/${path}`.includes(part)),
  )
  const paths = [...named.map(name => resolve(name)), ...found.map(path => resolve(testFolder, path))]
  return [...new Set(paths)].sort()
}

async function runAll(files: readonly string[], parallel: number, totals: Totals): Promise<void> {
  const queue = [...files]
  const lane = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const name = relative(testFolder, file)
      const result = await runTestFile(file)
      add(totals, name, result)
      print(name, result)
    }
  }
  await Promise.all(Array.from({ length: parallel }, lane))
}

function add(totals: Totals, name: string, { passed, skipped, failures }: FileResult): void {
  totals.passed += passed
  totals.skipped += skipped.length
  totals.failed += failures.length
  totals.failedTitles.push(...failures.map(({ title }) => `${name} › ${title}`))
}

function print(name: string, { passed, skipped, failures, output, durationMs }: FileResult): void {
  const seconds = `${(durationMs / 1000).toFixed(1)} s`
  console.log(
    `${failures.length === 0 ? '✓' : '✗'} ${name}  ${counted(passed, failures.length, skipped.length)}  ${seconds}`,
  )
  for (const title of skipped) console.log(`  skipped: ${title}`)
  if (failures.length === 0) return
  for (const { title, text } of failures) console.log(indent(`\n${title}\n${indent(text)}`))
  if (output.trim() !== '') console.log(indent(`\nprinted by the file:\n${indent(output.trimEnd())}\n`))
}

function printTotals(totals: Totals): void {
  if (totals.failedTitles.length > 0) console.log(`\nfailed:\n${indent(totals.failedTitles.join('\n'))}`)
  console.log(`\n${counted(totals.passed, totals.failed, totals.skipped)}`)
}

function counted(passed: number, failed: number, skipped: number): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ')
}

for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => {
    killRunning()
    process.exit(status)
  })
}
process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1
