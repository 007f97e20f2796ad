import { InvariantError, LedgerError } from '../../consensus/errors.ts'

/** The one shape of every refusal, over the API and on the command line. */
export interface ErrorBody {
  readonly code: string
  readonly message: string
  /** What can be done next, if anything. */
  readonly next?: string
}

export const statuses: Readonly<Record<string, number>> = {
  malformed: 400,
  encoding: 400,
  signature: 400,
  unauthorized: 401,
  'not-found': 404,
  'not-yet': 404,
  'not-kept': 404,
  method: 405,
  'request-slow': 408,
  'batch-void': 409,
  'too-large': 413,
  'uri-too-long': 414,
  'media-type': 415,
  expectation: 417,
  rate: 429,
  'headers-too-large': 431,
  'store-corrupt': 500,
  busy: 503,
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

export interface ErrorAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly ok: false; readonly error: ErrorBody }
}

/** Status, headers and body of an answer; what went wrong inside is no caller's business. */
export function errorAnswer(error: unknown): ErrorAnswer {
  const known = error instanceof LedgerError && !(error instanceof InvariantError) ? error : httpError(error)
  const status = known.code === 'internal' ? 500 : (statuses[known.code] ?? statusOther)
  return { status, headers: headersOf(status, known), body: { ok: false, error: errorBody(known) } }
}

/** Seconds after which what can be had later is asked for again. */
const retryAfterS = 1

function headersOf(status: number, { code, facts }: LedgerError): Record<string, string> {
  if (status === 401) return { 'www-authenticate': 'Bearer' }
  if (status !== 429 && status !== 503) return {}
  // It took too long: to ask the same again helps nobody.
  if (code === 'busy' && facts.retryAfterMs === undefined) return {}
  const waitS = typeof facts.retryAfterMs === 'number' ? Math.ceil(facts.retryAfterMs / 1000) : retryAfterS
  return { 'retry-after': String(waitS) }
}

/** What the HTTP server refused before a route saw it, in our own words. */
function httpError(error: unknown): LedgerError {
  const status = (error as { statusCode?: unknown } | null)?.statusCode
  if (status === 413) return new LedgerError('too-large', 'body: larger than this route takes')
  if (status === 414) return new LedgerError('uri-too-long', 'url: longer than any route takes')
  if (status === 415) return new LedgerError('media-type', 'content-type: not what this route takes')
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new LedgerError('malformed', 'request: expected one that HTTP and this route allow')
  }
  return new LedgerError('internal', 'the node failed to answer', {}, "see the node's log")
}
