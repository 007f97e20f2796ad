import { writeFile } from 'node:fs/promises'
import { readFlags } from '../flags.ts'
import { measureExecution } from './execution.ts'
import { measureIngest } from './ingest.ts'
import { measureJoin } from './join.ts'
import { measureLight } from './light.ts'
import type { Measurement } from './measure.ts'
import { measureProofs } from './proofs.ts'
import { measureThroughput } from './throughput.ts'
import { measurePayouts, measureStateTree } from './trees.ts'

const usage = `npm run bench -- [options]
  --only LETTERS  only these parts, like abc; default abcdefgh
  --json          prints the measurements as JSON
  --out FILE      also writes them there, as JSON`

const options = {
  json: { type: 'boolean', default: false },
  only: { type: 'string', default: 'abcdefgh' },
  out: { type: 'string' },
} as const

const parts: Readonly<Record<string, () => Measurement[] | Promise<Measurement[]>>> = {
  a: () => measureIngest(100),
  b: () => measureExecution({ inferences: 1_000_000, assets: 100_000, depth: 10 }),
  c: () => measureStateTree(1_000_000, 10_000),
  d: () => measurePayouts(100_000),
  e: () => measureThroughput({ providers: 8, batchesEach: 40, assets: 1_000, window: 48 }),
  f: () => measureProofs(100_000, 2_000),
  g: () => measureLight({ accounts: 100_000, validators: 100, requests: 2_000, epochs: 10_000, inferences: 4_000 }),
  h: () => measureJoin({ records: 200_000, assets: 20_000, snapshotEpoch: 300, epochsAfter: 5 }),
}

const values = readFlags({ name: 'bench', usage, options }, given => {
  const unknown = [...given.only].find(letter => parts[letter] === undefined)
  if (unknown === undefined) return given
  throw new Error(`--only: expected letters of ${Object.keys(parts).join('')}, got ${unknown}`)
})
const measurements: Measurement[] = []
for (const letter of values.only) {
  process.stderr.write(`measuring (${letter}) …\n`)
  measurements.push(...(await parts[letter]!()))
}
const report = JSON.stringify({ node: process.version, measurements }, null, 2)
if (values.out !== undefined) await writeFile(values.out, `${report}\n`)
process.stdout.write(values.json ? `${report}\n` : table(measurements))

function table(rows: readonly Measurement[]): string {
  return rows.map(line).join('\n').concat('\n')
}

function line({ name, value, unit, byClock, raw, rawMeans, ratio, goal, reached }: Measurement): string {
  const reachedText = reached === undefined ? '' : reached ? `  goal ${goal}: reached` : `  goal ${goal}: NOT reached`
  const clock = byClock === undefined ? '' : ` (${byClock} by the clock)`
  const against = raw === undefined ? '' : `  raw ${raw} (${rawMeans}), ratio ${ratio?.toFixed(3)}`
  return `${name}\n    ${value} ${unit}${clock}${against}${reachedText}`
}
