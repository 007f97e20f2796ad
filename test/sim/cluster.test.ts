// runs alone: simulations on every core
import { randomInt } from 'node:crypto'
import * as assert from 'uvu/assert'
import { suite } from '../harness.ts'
import { type KnownSeed, knownSeeds } from './cluster/known-seeds.ts'
import { neverFollowed } from './cluster/rule-coverage.ts'
import type { RunOptions, RunReport } from './cluster/run.ts'
import { runSeeds } from './cluster/seed-pool.ts'

const test = suite('sim/cluster')

const freshSeeds = 200
const deadline = { deadlineMs: 300_000 }
const traceLines = 40

/** Fails with the command that replays the first broken run, and with the end of its trace. */
async function assertUnbroken(runs: readonly RunOptions[]): Promise<RunReport[]> {
  const reports: RunReport[] = []
  await runSeeds(runs, report => {
    reports.push(report)
    return report.violation === undefined
  })
  const broken = reports.find(({ violation }) => violation !== undefined)
  if (broken !== undefined) assert.unreachable(await describe(runs.find(({ seed }) => seed === broken.seed)!, broken))
  assert.is(reports.length, runs.length)
  return reports
}

async function describe(options: RunOptions, { violation }: RunReport): Promise<string> {
  const chosen = options.profile === undefined ? '' : ` --profile ${options.profile}`
  const command = `npm run sim -- --seed ${options.seed} --validators ${options.validators.join(',')}${chosen} --trace`
  let trace: readonly string[] = []
  await runSeeds([{ ...options, isTraced: true }], report => {
    trace = report.trace
    return true
  })
  return [`${violation}`, `  ${command}`, ...trace.slice(-traceLines)].join('\n')
}

test(
  `${freshSeeds} fresh seeds: one history, decided by real quorums, kept by every crash, and going on once all is well`,
  async () => {
    const first = randomInt(2 ** 31 - freshSeeds)
    const validators = [3, 4, 5, 6, 7]
    const runs = Array.from({ length: freshSeeds }, (_, i) => ({ seed: first + i, validators }))
    assert.equal(neverFollowed(await assertUnbroken(runs)), [], 'lines of the algorithm that no run came through')
  },
  deadline,
)

for (const { seed, validators, profile, was } of knownSeeds as readonly KnownSeed[]) {
  test(`seed ${seed}: ${was}`, () => assertUnbroken([{ seed, validators, profile }]), deadline)
}

test(
  'twenty-five validators go through each kind of trouble',
  () =>
    assertUnbroken(
      (['storm', 'crashes', 'liars', 'twins', 'change'] as const).map((profile, seed) => {
        return { seed, validators: [25], profile }
      }),
    ),
  deadline,
)

test('a run is the same each time', async () => {
  const traces: (readonly string[])[] = []
  const options: RunOptions = { seed: 11, validators: [4], profile: 'storm', isTraced: true }
  await runSeeds([options, options], ({ trace }) => {
    traces.push(trace)
    return true
  })
  assert.is(traces.length, 2)
  assert.ok(traces[0]!.length > 100)
  assert.equal(traces[0], traces[1])
})
