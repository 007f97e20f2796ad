import type { LedgerError } from '../../consensus/errors.ts'

/** What has a way out needs no stack to be understood. */
export function failureFacts(error: Error): object {
  const { code, next, facts } = error as Partial<LedgerError>
  return next === undefined ? { code, error: error.stack } : { ...facts, code, error: error.message, next }
}
