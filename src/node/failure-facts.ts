import type { LedgerError } from '../../consensus/errors.ts'

/** What has a way out needs no stack to be understood. */
export function failureFacts(error: Error): object {
  const { code, next } = error as Partial<LedgerError>
  return next === undefined ? { code, error: error.stack } : { code, error: error.message, next }
}
