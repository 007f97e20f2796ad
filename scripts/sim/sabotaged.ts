import { argv, env } from 'node:process'
import type { RunOptions, RunReport } from '../../test/sim/cluster/run.ts'
import type { SabotagedOrder } from './sabotaged-order.ts'

/** Under a sabotage: runs seed after seed until one shows it, and prints what it was. */
const { run } = await import('../../test/sim/cluster/run.ts')
const { neverFollowed, runsForAll } = await import('../../test/sim/cluster/rule-coverage.ts')
const { seed, seedsMax, validators, profile, withinMs } = JSON.parse(argv[2]!) as SabotagedOrder
const endMs = performance.now() + withinMs
let tried = 0
let shown: string | undefined
const reports: RunReport[] = []
while (tried < seedsMax && shown === undefined && performance.now() <= endMs) {
  shown = await tryOne({ seed: seed + tried, validators, profile })
  tried++
}
const unfollowed = reports.length < runsForAll ? [] : neverFollowed(reports)
if (unfollowed.length > 0) shown ??= `never-followed: ${unfollowed.join(', ')}`
console.log(JSON.stringify({ name: env.SABOTAGE, tried, shown }))

async function tryOne(one: RunOptions): Promise<string | undefined> {
  try {
    const report = await run(one)
    reports.push(report)
    return report.violation
  } catch (error) {
    return `crash: ${(error as Error).message}`
  }
}
