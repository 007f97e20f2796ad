import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { neverFollowed, runsForAll } from '../../test/sim/cluster/rule-coverage.ts'
import type { Profile, RunOptions, RunReport } from '../../test/sim/cluster/run.ts'
import { profiles } from '../../test/sim/cluster/scenario.ts'
import { runSeeds } from '../../test/sim/cluster/seed-pool.ts'
import { SimProgress } from './progress.ts'
import { printSummary, replayCommand } from './report.ts'
import { catchSabotages } from './sabotage-table.ts'

const usage = `npm run sim -- [options]
  --seeds N              runs with N seeds; default 200
  --seed S               the first seed, instead of a random one; without --seeds, that one alone
  --validators 4,7,25    sizes to draw from; that is the default, but for --sabotages 3,4,5,6,7
  --profile NAME         instead of the one that a seed draws: ${profiles.join(', ')}
  --sabotages            damages the engine in one way after the other and tells which seed notices; --only TEXT for some
  --trace                prints what happens, event by event`

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string' },
    validators: { type: 'string' },
    profile: { type: 'string' },
    trace: { type: 'boolean', default: false },
    sabotages: { type: 'boolean', default: false },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

/** Small sets fall apart sooner: a sabotage shows in fewer seeds, and each takes less time. */
const sizes = values.validators ?? (values.sabotages ? '3,4,5,6,7' : '4,7,25')
const seedEnd = 2 ** 31
/** Within so many seeds each sabotage must show. Most do within 40, but the schedules that show some are rare. */
const sabotageSeedsMax = 1_000

function chosenRuns(): RunOptions[] {
  const count = Number(values.seeds ?? (values.seed === undefined ? 200 : 1))
  const first = values.seed === undefined ? randomInt(seedEnd) : Number(values.seed)
  const validators = sizes.split(',').map(Number)
  const profile = profiles.find(name => name === values.profile)
  const isWrong = [count, first, ...validators].some(number => !Number.isSafeInteger(number) || number < 0)
  if (isWrong || (values.profile !== undefined && profile === undefined)) {
    console.error(usage)
    process.exit(2)
  }
  return Array.from({ length: count }, (_, i) => ({
    seed: (first + i) % seedEnd,
    validators,
    profile: profile as Profile | undefined,
    isTraced: values.trace,
  }))
}

if (values.help) {
  console.log(usage)
  process.exit(0)
}
const runs = chosenRuns()
if (values.sabotages) {
  const { seed, validators } = runs[0]!
  const seedsMax = values.seeds === undefined ? sabotageSeedsMax : runs.length
  console.log(`seeds ${seed} to ${seed + seedsMax - 1}, ${sizes} validators`)
  const options = { seed, seedsMax, validators, only: values.only }
  const caught = await catchSabotages(options, ({ name, tried, shown }) =>
    console.log(
      `${(shown === undefined ? 'NOT in' : 'in').padStart(6)} ${`${tried}`.padStart(3)} seeds  ${name.padEnd(58)}${shown ?? ''}`,
    ),
  )
  process.exit(caught.every(({ shown }) => shown !== undefined) ? 0 : 1)
}
console.log(`seeds ${runs[0]!.seed} to ${runs.at(-1)!.seed}, ${sizes} validators`)
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
  console.log(`\n  ${replayCommand(failed, sizes, values.profile)}\n`)
  process.exitCode = 1
}
