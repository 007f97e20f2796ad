import { randomInt } from 'node:crypto'
import { neverFollowed, runsForAll } from '../../test/sim/cluster/rule-coverage.ts'
import type { Profile, RunOptions, RunReport } from '../../test/sim/cluster/run.ts'
import { profiles } from '../../test/sim/cluster/scenario.ts'
import { runSeeds } from '../../test/sim/cluster/seed-pool.ts'
import { countOf, readFlags, wholeOf } from '../flags.ts'
import { SimProgress } from './progress.ts'
import { printSummary, replayCommand } from './report.ts'
import { catchSabotages, sabotagesNamed } from './sabotage-table.ts'

const usage = `npm run sim -- [options]
  --seeds N              runs with N seeds; default 200
  --seed S               the first seed, instead of a random one; without --seeds, that one alone
  --validators 4,7,25    sizes to draw from; that is the default, but for --sabotages 3,4,5,6,7
  --profile NAME         instead of the one that a seed draws: ${profiles.join(', ')}
  --sabotages            damages the engine in one way after the other and tells which seed notices; --only TEXT for some
  --trace                prints what happens, event by event`

const options = {
  seeds: { type: 'string' },
  seed: { type: 'string' },
  validators: { type: 'string' },
  profile: { type: 'string' },
  trace: { type: 'boolean', default: false },
  sabotages: { type: 'boolean', default: false },
  only: { type: 'string' },
} as const
const seedEnd = 2 ** 31
/** Within so many seeds each sabotage must show. Most do within 40, but the schedules that show some are rare. */
const sabotageSeedsMax = 1_000

const values = readFlags({ name: 'sim', usage, options }, given => ({
  ...fitting(given),
  seeds: given.seeds === undefined ? undefined : countOf('seeds', given.seeds),
  seed: given.seed === undefined ? undefined : wholeOf('seed', given.seed),
  // Small sets fall apart sooner: a sabotage shows in fewer seeds, and each takes less time.
  sizes: (given.validators ?? (given.sabotages ? '3,4,5,6,7' : '4,7,25'))
    .split(',')
    .map(size => countOf('validators', size)),
  profile: given.profile === undefined ? undefined : profileOf(given.profile),
  sought: sabotagesNamed(given.only ?? ''),
}))
const runs = chosenRuns()
if (values.sabotages) {
  const { seed, validators } = runs[0]!
  const seedsMax = values.seeds === undefined ? sabotageSeedsMax : runs.length
  console.log(`seeds ${seed} to ${seed + seedsMax - 1}, ${values.sizes.join()} validators`)
  const sought = { seed, seedsMax, validators, sabotages: values.sought }
  const caught = await catchSabotages(sought, ({ name, tried, shown }) =>
    console.log(
      `${(shown === undefined ? 'NOT in' : 'in').padStart(6)} ${`${tried}`.padStart(3)} seeds  ${name.padEnd(58)}${shown ?? ''}`,
    ),
  )
  process.exit(caught.every(({ shown }) => shown !== undefined) ? 0 : 1)
}
console.log(`seeds ${runs[0]!.seed} to ${runs.at(-1)!.seed}, ${values.sizes.join()} validators`)
const reports: RunReport[] = []
let failed: RunReport | undefined
const progress = new SimProgress(runs.length)
await runSeeds(
  runs,
  report => {
    reports.push(report)
    progress.ended(report.seed)
    if (values.trace) for (const line of report.trace) console.log(line)
    if (report.violation !== undefined) failed ??= report
    return failed === undefined
  },
  ({ seed }) => progress.began(seed),
)
progress.stop()
printSummary(reports)
const unfollowed = values.profile === undefined && reports.length >= runsForAll ? neverFollowed(reports) : []
if (failed === undefined && unfollowed.length > 0) {
  console.log(`\nnever followed: ${unfollowed.join(', ')}`)
  process.exitCode = 1
}
if (failed !== undefined) {
  console.log(`\nseed ${failed.seed} (${failed.profile}, ${failed.validators} validators): ${failed.violation}`)
  console.log(`\n  ${replayCommand(failed, values.sizes.join(), values.profile)}\n`)
  process.exitCode = 1
}

/** Refuses what would be passed over. */
function fitting<T extends { sabotages: boolean; trace: boolean; profile?: string; only?: string }>(given: T): T {
  const unfit = given.sabotages
    ? [given.profile !== undefined && '--profile', given.trace && '--trace'].find(flag => flag !== false)
    : given.only !== undefined && '--only'
  if (unfit === undefined || unfit === false) return given
  throw new Error(`${unfit} does not go ${given.sabotages ? 'with' : 'without'} --sabotages`)
}

function profileOf(name: string): Profile {
  const profile = profiles.find(known => known === name)
  if (profile === undefined) throw new Error(`--profile: expected one of ${profiles.join(', ')}, got ${name}`)
  return profile
}

function chosenRuns(): RunOptions[] {
  const { seeds = values.seed === undefined ? 200 : 1, seed: first = randomInt(seedEnd), sizes } = values
  return Array.from({ length: seeds }, (_, i) => ({
    seed: (first + i) % seedEnd,
    validators: sizes,
    profile: values.profile,
    isTraced: values.trace,
  }))
}
