import { argv, env } from 'node:process'
import type { RunOptions, RunReport } from '../../test/sim/cluster/run.ts'

/** Under a sabotage: runs seed after seed until one shows it, and prints what it was. */
const { run } = await import('../../test/sim/cluster/run.ts')
const { neverFollowed, runsForAll } = await import('../../test/sim/cluster/rule-coverage.ts')
const options = JSON.parse(argv[2]!) as { readonly runs: readonly RunOptions[]; readonly withinMs: number }
const endMs = performance.now() + options.withinMs
let tried = 0
let shown: string | undefined
const reports: RunReport[] = []
for (const one of options.runs) {
  if (shown !== undefined || performance.now() > endMs) break
  tried++
  shown = await tryOne(one)
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
