import { LedgerError } from '../../consensus/errors.ts'
import type { Method } from '../api/route.ts'

export interface Sent {
  readonly method: Method
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** The answer's head must be there within so many milliseconds. */
  readonly timeoutMs: number
  /** An answer that has begun isn't silent for longer, where the transport can tell. */
  readonly silenceMs: number
  readonly signal?: AbortSignal
}

export interface Received {
  readonly status: number
  bytes(): Promise<Uint8Array>
  /** The body as it comes; leaving it ends the call. */
  chunks(): AsyncIterable<Uint8Array>
}

/** How calls reach a node. Rejects with LedgerError `unreachable`. */
export type Transport = (sent: Sent) => Promise<Received>

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Over HTTP with the platform's own `fetch`. */
export function fetchTransport(url: string, fetch: Fetch): Transport {
  const base = baseOf(url)
  return async ({ method, path, headers, body, timeoutMs, signal }) => {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), timeoutMs)
    const ends = signal === undefined ? late.signal : AbortSignal.any([late.signal, signal])
    try {
      // A view on shared memory is no body; what is sent here never is one.
      const sent = body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }
      return received(url, await fetch(base + path, { method, headers: { ...headers }, signal: ends, ...sent }))
    } catch (error) {
      throw unreachable(url, late.signal.aborted ? `no answer within ${timeoutMs} ms` : messageOf(error), error)
    } finally {
      clearTimeout(timer)
    }
  }
}

/** That no answer came, or only a part of one. */
export function unreachable(endpoint: string, why: string, cause: unknown): LedgerError {
  const { code } = cause as { code?: unknown }
  const next =
    code === 'EACCES' ? 'run this as the node’s user: nobody else may open its socket' : 'is the node running?'
  const error = new LedgerError('unreachable', `${endpoint}: ${why}`, { endpoint, code }, next)
  error.cause = cause
  return error
}

/** The node had begun to answer. */
export function brokenOff(endpoint: string, cause?: unknown): LedgerError {
  const next = 'if the node runs still, its log says why'
  const error = new LedgerError('unreachable', `${endpoint}: the answer broke off`, { endpoint }, next)
  error.cause = cause
  return error
}

function received(url: string, answer: Response): Received {
  const brokeOff = (error: unknown) => brokenOff(url, error)
  return {
    status: answer.status,
    bytes: async () => {
      try {
        return new Uint8Array(await answer.arrayBuffer())
      } catch (error) {
        throw brokeOff(error)
      }
    },
    chunks: () => chunksOf(answer, brokeOff),
  }
}

async function* chunksOf(answer: Response, brokeOff: (error: unknown) => LedgerError): AsyncGenerator<Uint8Array> {
  // Not every browser lets a stream be iterated.
  const reader = answer.body?.getReader()
  if (reader === undefined) return
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } catch (error) {
    throw brokeOff(error)
  } finally {
    await reader.cancel().catch(() => {})
  }
}

function messageOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string } }
  return cause?.message ?? message ?? String(error)
}

function baseOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if ((url?.protocol === 'http:' || url?.protocol === 'https:') && url.search === '' && url.hash === '') {
    return url.href.replace(/\/$/, '')
  }
  throw new LedgerError('malformed', `api: expected an address like http://127.0.0.1:8650, got ${JSON.stringify(text)}`)
}
