/**
 * A real network on this machine, under load, whose nodes are killed with SIGKILL at random moments, one at a time and now and
 * then all at once. Prints how soon they were ready again, and what was wrong. Ends with status 1 if anything was.
 */
import { randomInt } from 'node:crypto'
import { countOf, readFlags } from '../flags.ts'
import { quantile } from '../load/tally.ts'
import { type Kill, type KillsReport, runKills } from './kills.ts'

const usage = `npm run kills -- [options]
  --times N       how often; default 100
  --all-every N   every so many times all four nodes at once; default 10
  --seed S        draws nodes and moments; default a random one
  --epoch-ms N    default 1000
  --dir DIR       a new folder for the nodes' data, which is kept`

const options = {
  times: { type: 'string', default: '100' },
  'all-every': { type: 'string', default: '10' },
  seed: { type: 'string' },
  'epoch-ms': { type: 'string', default: '1000' },
  dir: { type: 'string' },
} as const
const readyMsMax = 10_000
const linesEvery = 10
const seedEnd = 2 ** 31

const { times, allEvery, seed, epochMs, dir } = readFlags({ name: 'kills', usage, options }, given => ({
  times: countOf('times', given.times),
  allEvery: countOf('all-every', given['all-every']),
  seed: countOf('seed', given.seed ?? `${1 + randomInt(seedEnd - 1)}`),
  epochMs: countOf('epoch-ms', given['epoch-ms']),
  dir: given.dir,
}))
const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
process.once('SIGTERM', () => stop.abort())
console.log(`seed ${seed}: ${times} kills, every ${allEvery}th of all nodes`)
const told: Kill[] = []
try {
  const report = await runKills({
    times,
    allEvery,
    seed,
    epochMs,
    readyMsMax,
    dir,
    signal: stop.signal,
    note: line => console.error(line),
    onKill: kill => {
      told.push(kill)
      if (kill.number % linesEvery === 0 || kill.number === times) console.log(lineOf(told.slice(-linesEvery), kill))
    },
  })
  summarize(report)
  process.exitCode = report.breaches.length > 0 ? 1 : 0
} catch (error) {
  console.error(stop.signal.aborted ? 'kills: stopped before the end' : `kills: ${(error as Error).message}`)
  process.exitCode = 1
}

function lineOf(kills: readonly Kill[], { number, epoch, records }: Kill): string {
  const nodes = kills.reduce((sum, kill) => sum + kill.nodes.length, 0)
  return `${String(number).padStart(5)} kills  ${`${nodes}`.padStart(2)} nodes  epoch ${`${epoch}`.padStart(5)}  ${`${records}`.padStart(7)} records final  ready ${readyText(kills)}`
}

function readyText(kills: readonly Kill[]): string {
  const ms = kills.flatMap(({ readyMs }) => readyMs)
  const seconds = (value: number) => `${(value / 1000).toFixed(2)} s`
  return `after ${seconds(quantile(ms, 0.5))} (half), ${seconds(Math.max(...ms))} (all)`
}

function summarize({ kills, epochs, records, messages, checkpoints, breaches, dir }: KillsReport): void {
  const restarts = kills.reduce((sum, kill) => sum + kill.nodes.length, 0)
  console.log(
    `kills      ${kills.length}, with ${restarts} restarts, ready ${readyText(kills)}; the bound is ${readyMsMax / 1000} s`,
  )
  console.log(`load       ${records} records final in ${epochs} epochs`)
  console.log(`compared   ${checkpoints} checkpoints seen, ${messages} signed messages, four stores`)
  for (const breach of breaches) console.log(`BROKEN     ${breach}`)
  console.log(
    breaches.length === 0
      ? 'nothing final lost, no contradiction signed, every store verifies'
      : `the data is kept in ${dir}`,
  )
}
