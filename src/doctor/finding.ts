import { LedgerError } from '../../consensus/errors.ts'

export type Verdict = 'ok' | 'warn' | 'fail'

/** What one look at a node and its machine found. Holds no secret: an operator pastes it where others read it. */
export interface Finding {
  /** What was looked at, a word. */
  readonly check: string
  readonly verdict: Verdict
  readonly found: string
  /** What to do about it; null where all is well. */
  readonly next: string | null
}

export function fine(check: string, found: string): Finding {
  return { check, verdict: 'ok', found, next: null }
}

export function doubtful(check: string, found: string, next: string): Finding {
  return { check, verdict: 'warn', found, next }
}

export function wrong(check: string, found: string, next: string): Finding {
  return { check, verdict: 'fail', found, next }
}

/** A refusal that a start would get, as what was found. */
export function refused(check: string, error: unknown): Finding {
  const { message, next } = error as LedgerError
  const known = error instanceof LedgerError ? next : undefined
  return wrong(check, message, known ?? 'report this with what led to it')
}
