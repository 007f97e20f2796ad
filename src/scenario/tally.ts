import { isFailed, type OutcomeName, outcomeName, outcomes } from '../../consensus/ledger/outcome.ts'
import type { Action } from './scenario.ts'

export interface Failure {
  readonly file: string
  readonly line: number
  /** Outcome code, from 16. */
  readonly code: number
  /** Its name. */
  readonly outcome: OutcomeName | undefined
}

export const failuresMax = 100

/** What became of the lines. */
export class Tally {
  submitted = 0
  /** Includes failed and unpaid. */
  finalized = 0
  failed = 0
  unpaid = 0
  /** Written by the runner for the payers. */
  vouchers = 0
  /** The first ones. */
  readonly failures: Failure[] = []

  settle(action: Action, code: number): void {
    this.finalized++
    if (code === outcomes.unpaid) this.unpaid++
    if (!isFailed(code)) return
    this.failed++
    if (this.failures.length < failuresMax) this.failures.push({ ...action.place, code, outcome: outcomeName(code) })
  }
}
