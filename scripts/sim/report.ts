import type { RunReport } from '../../test/sim/cluster/run.ts'
import { profiles } from '../../test/sim/cluster/scenario.ts'
import type { Traffic } from '../../test/sim/cluster/wire.ts'

/** What runs came to, profile by profile. */
export function printSummary(reports: readonly RunReport[]): void {
  console.log(
    [
      'profile  ',
      'runs',
      'epochs',
      'forks',
      'sets',
      'banned',
      'messages/epoch',
      'KiB/epoch',
      'decision ms p50',
      'rounds max',
    ].join('  '),
  )
  for (const profile of profiles) {
    const own = reports.filter(report => report.profile === profile)
    if (own.length === 0) continue
    const epochs = sum(own, report => report.epochs)
    const traffic = (field: keyof Traffic) => sum(own, report => trafficOf(report, field))
    const cells = [
      profile.padEnd(9),
      `${own.length}`.padStart(4),
      `${epochs}`.padStart(6),
      `${sum(own, report => report.forks)}`.padStart(5),
      `${sum(own, report => report.officeChanges)}`.padStart(4),
      `${sum(own, report => report.banned)}`.padStart(6),
      (traffic('messages') / epochs).toFixed(0).padStart(14),
      (traffic('bytes') / epochs / 1024).toFixed(0).padStart(9),
      median(own.flatMap(report => report.decisionsMs))
        .toFixed(0)
        .padStart(15),
      `${Math.max(...own.map(report => report.roundMax))}`.padStart(10),
    ]
    console.log(cells.join('  '))
  }
  printGrowth(reports.filter(({ profile }) => profile === 'wide'))
  printRules(reports)
  const hours = sum(reports, report => report.simulatedMs) / 3_600_000
  const broken = reports.filter(({ violation }) => violation !== undefined).length
  console.log(`${reports.length} runs, ${hours.toFixed(1)} simulated hours, ${broken} broken`)
}

/** What a decision costs by the size of the set: nothing may grow faster than its square. */
function printGrowth(reports: readonly RunReport[]): void {
  if (reports.length === 0) return
  console.log(
    ['validators', 'messages/decision', 'MiB/decision', '/validator²', 'B/validator²', 'decision ms p50'].join('  '),
  )
  const bySize = Map.groupBy(reports, ({ validators }) => validators)
  for (const [validators, own] of [...bySize].sort(([a], [b]) => a - b)) {
    const epochs = sum(own, report => report.epochs)
    const [messages, bytes] = (['messages', 'bytes'] as const).map(
      field => sum(own, report => trafficOf(report, field)) / epochs,
    ) as [number, number]
    const cells = [
      `${validators}`.padStart(10),
      messages.toFixed(0).padStart(17),
      (bytes / 2 ** 20).toFixed(1).padStart(12),
      (messages / validators ** 2).toFixed(1).padStart(11),
      (bytes / validators ** 2).toFixed(0).padStart(12),
      median(own.flatMap(report => report.decisionsMs))
        .toFixed(0)
        .padStart(15),
    ]
    console.log(cells.join('  '))
  }
}

const trafficOf = (report: RunReport, field: keyof Traffic): number =>
  sum(Object.values(report.traffic), kind => kind[field])

/** How often each line of the algorithm was followed: what never was has not been tried. */
function printRules(reports: readonly RunReport[]): void {
  const counts = new Map<string, number>()
  for (const { rules } of reports)
    for (const [rule, count] of Object.entries(rules)) counts.set(rule, (counts.get(rule) ?? 0) + count)
  console.log(
    [...counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([rule, count]) => `${rule} ${count}`)
      .join('  '),
  )
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Shows the one run again, event by event. */
export function replayCommand({ seed }: RunReport, validators: string, profile: string | undefined): string {
  const chosen = profile === undefined ? '' : ` --profile ${profile}`
  return `npm run sim -- --seed ${seed} --validators ${validators}${chosen} --trace`
}
