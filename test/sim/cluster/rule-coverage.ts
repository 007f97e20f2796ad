import type { RunReport } from './run.ts'

/** Every line of the algorithm (T1). */
const lines = ['L11', 'L16', 'L18', 'L22', 'L28', 'L34', 'L36', 'L42', 'L44', 'L47', 'L49', 'L55', 'L57', 'L61', 'L65']
/** So many runs of all kinds come through each line, many times over. */
export const runsForAll = 100

/** Lines that no run came through: what never happened was not tried, or can't happen any more. */
export function neverFollowed(reports: readonly Pick<RunReport, 'rules'>[]): string[] {
  return lines.filter(line => reports.every(({ rules }) => (rules[line] ?? 0) === 0))
}
