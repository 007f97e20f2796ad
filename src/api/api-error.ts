import { InvariantError, LedgerError } from '../../consensus/errors.ts'

/** The one shape of every refusal, over the API and on the command line. */
export interface ErrorBody {
  readonly code: string
  readonly message: string
  /** What can be done next, if anything. */
  readonly next?: string
}

const statuses: Readonly<Record<string, number>> = {
  malformed: 400,
  encoding: 400,
  signature: 400,
  'not-found': 404,
  'not-yet': 404,
  'batch-void': 409,
  'too-large': 413,
  'media-type': 415,
  'mempool-full': 503,
  'not-ready': 503,
}

/** HTTP status of a refusal that has no better one. */
const statusOther = 422

export function errorBody(error: unknown): ErrorBody {
  if (!(error instanceof LedgerError)) {
    return { code: 'internal', message: error instanceof Error ? error.message : String(error) }
  }
  const { code, message, next } = error
  return next === undefined ? { code, message } : { code, message, next }
}

/** Status and body of an answer; what went wrong inside is no caller's business. */
export function errorAnswer(error: unknown): { status: number; body: { ok: false; error: ErrorBody } } {
  const known = error instanceof LedgerError && !(error instanceof InvariantError) ? error : httpError(error)
  const status = known.code === 'internal' ? 500 : (statuses[known.code] ?? statusOther)
  return { status, body: { ok: false, error: errorBody(known) } }
}

/** What the HTTP server refused before a route saw it, in our own words. */
function httpError(error: unknown): LedgerError {
  const status = (error as { statusCode?: unknown } | null)?.statusCode
  if (status === 413) return new LedgerError('too-large', 'body: larger than this route takes')
  if (status === 415) return new LedgerError('media-type', 'content-type: not what this route takes')
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new LedgerError('malformed', 'request: expected one that HTTP and this route allow')
  }
  return new LedgerError('internal', 'the node failed to answer', {}, "see the node's log")
}
