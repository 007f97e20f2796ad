import type { RunResult } from '../scenario/runner.ts'
import type { Answer } from './output.ts'

/** What became of the lines of a scenario. */
export function runAnswer({ tally, epoch, labels, refs }: RunResult): Answer & { data: object } {
  const { submitted, finalized, failed, unpaid, failures } = tally
  const records = { submitted, finalized, failed, unpaid }
  const lines = [
    `${finalized} ${finalized === 1 ? 'record' : 'records'} final at epoch ${epoch}, ${failed} failed, ${unpaid} unpaid`,
    ...failures.map(({ file, line, outcome, code }) => `${file}:${line}: ${outcome ?? code}`),
  ]
  return { data: { epoch, records, failures, labels, refs }, text: lines.join('\n') }
}
