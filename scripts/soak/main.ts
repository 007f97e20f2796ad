/**
 * A real network on this machine under steady load, for long. Prints each minute what its nodes' own metrics say, and at the end whether
 * resident memory and handles level off. Ends with status 1 if not.
 */
import { createWriteStream } from 'node:fs'
import { countOf, readFlags, wholeOf } from '../flags.ts'
import type { Sample } from './sample.ts'
import { sampleSeconds, soak } from './soak.ts'
import { type Finding, judge } from './verdict.ts'

const usage = `npm run soak -- [options]
  --minutes N    how long; default 20
  --nodes N      default 4
  --epoch-ms N   default 2000
  --clients N    so many ask the first node's API all the time, as in npm run load; default 0
  --seed S       from which the keys follow; default 1
  --out FILE     writes every sample, one a line (NDJSON)
  --dir DIR      a new folder for the nodes' data, which is kept`

const options = {
  minutes: { type: 'string', default: '20' },
  nodes: { type: 'string', default: '4' },
  'epoch-ms': { type: 'string', default: '2000' },
  clients: { type: 'string', default: '0' },
  seed: { type: 'string', default: '1' },
  out: { type: 'string' },
  dir: { type: 'string' },
} as const
const mebibyte = 1024 * 1024
const samplesAMinute = 60 / sampleSeconds

const values = readFlags({ name: 'soak', usage, options }, given => ({
  minutes: countOf('minutes', given.minutes),
  nodes: countOf('nodes', given.nodes),
  epochMs: countOf('epoch-ms', given['epoch-ms']),
  clients: wholeOf('clients', given.clients),
  seed: countOf('seed', given.seed),
  out: given.out,
  dir: given.dir,
}))
const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
process.once('SIGTERM', () => stop.abort())
const out = values.out === undefined ? undefined : createWriteStream(values.out)
try {
  const samples = await soak({
    ...values,
    signal: stop.signal,
    note: line => console.error(line),
    onSamples: minutely(),
  })
  const findings = judge(samples)
  for (const finding of findings) console.log(findingLine(finding))
  const risen = findings.filter(({ isLevel }) => !isLevel).length
  console.log(risen === 0 ? 'memory and handles level off' : `${risen} of ${findings.length} do not level off`)
  process.exitCode = risen === 0 ? 0 : 1
} catch (error) {
  console.error(stop.signal.aborted ? 'soak: stopped before the end' : `soak: ${(error as Error).message}`)
  process.exitCode = 1
} finally {
  out?.end()
}

/** Writes all samples, and prints a line for each minute. */
function minutely(): (samples: readonly Sample[], records: number) => void {
  let count = 0
  let before: { readonly first: Sample; readonly records: number } | undefined
  return (samples, records) => {
    for (const sample of samples) out?.write(`${JSON.stringify(sample)}\n`)
    const [first] = samples
    if (before !== undefined && count % samplesAMinute === 0)
      console.log(minuteLine(samples, before.first, records - before.records))
    if (count++ % samplesAMinute === 0) before = { first: first!, records }
  }
}

function minuteLine(samples: readonly Sample[], before: Sample, records: number): string {
  const [first] = samples
  const of = (pick: (sample: Sample) => number) => samples.map(sample => Math.round(pick(sample))).join(' ')
  const epochs = first!.intervals - before.intervals
  const interval = epochs === 0 ? '-' : ((first!.intervalSeconds - before.intervalSeconds) / epochs).toFixed(2)
  const rate = Math.round(records / Math.max(1, first!.seconds - before.seconds))
  const parts = [
    `minute ${String(Math.round(first!.seconds / 60)).padStart(3)}: epoch ${first!.epoch}, each ${interval} s`,
    `${rate} records/s`,
    `resident ${of(({ residentBytes }) => residentBytes / mebibyte)} MiB`,
    `heap ${of(({ heapUsedBytes }) => heapUsedBytes / mebibyte)}`,
    `external ${of(({ externalBytes }) => externalBytes / mebibyte)}`,
    `descriptors ${of(({ fileDescriptors }) => fileDescriptors)}`,
    `handles ${of(({ handles }) => handles)}`,
    `lag ${of(({ eventLoopLagP99Seconds }) => eventLoopLagP99Seconds * 1_000)} ms`,
    `store ${of(({ storeBytes }) => storeBytes / mebibyte)} MiB, of it in memory ${of(({ storeMemoryBytes }) => storeMemoryBytes / mebibyte)}`,
  ]
  return parts.join('; ')
}

function findingLine({ node, what, trend: { mean, growth, perHour }, tolerance, isLevel }: Finding): string {
  const { share, atLeast } = tolerance
  const bound = Math.max(mean * share, atLeast)
  const figures = `${mean.toFixed(1)} on average, ${signed(growth)} in the second half (${signed(perHour)} an hour)`
  return `${isLevel ? 'level ' : 'RISING'}  ${node} ${what.padEnd(16)} ${figures}; up to ${bound.toFixed(1)} is level`
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(1)}`
}
