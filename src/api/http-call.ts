import { Agent, type IncomingMessage, request } from 'node:http'
import { LedgerError } from '../../consensus/errors.ts'

/** Where a node answers: an URL, or the socket in its data folder. */
export type Endpoint = { readonly url: string } | { readonly socket: string }

/** An answer that has begun may be long, but not silent for longer. */
const silenceMsMax = 30_000

export interface Call {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: { readonly type: string; readonly bytes: Uint8Array }
  /** The answer's head must be there within so many milliseconds. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/** One node's HTTP, with connections kept open. */
export class HttpCaller {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 })
  readonly #target: { socketPath: string } | { hostname: string; port: string }
  readonly #name: string

  constructor(endpoint: Endpoint) {
    this.#target = 'url' in endpoint ? targetOf(endpoint.url) : { socketPath: endpoint.socket }
    this.#name = 'url' in endpoint ? endpoint.url : endpoint.socket
  }

  /** The answer with its body unread. Throws LedgerError `unreachable`. */
  async send({ method, path, body, timeoutMs, signal }: Call): Promise<IncomingMessage> {
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(), timeoutMs)
    const either = signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, signal])
    const headers = body === undefined ? {} : { 'content-type': body.type, 'content-length': body.bytes.length }
    try {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const sent = request({ ...this.#target, agent: this.#agent, method, path, headers, signal: either }, resolve)
        sent.on('error', reject)
        sent.end(body?.bytes)
      })
      return answer.setTimeout(silenceMsMax, () => answer.destroy(new Error(`silent for ${silenceMsMax} ms`)))
    } catch (error) {
      throw this.#unreachable(
        deadline.signal.aborted ? `no answer within ${timeoutMs} ms` : (error as Error).message,
        error,
      )
    } finally {
      clearTimeout(timer)
    }
  }

  /** The answer's whole body. */
  async read(answer: IncomingMessage): Promise<Buffer> {
    try {
      return Buffer.concat(await answer.toArray())
    } catch (error) {
      throw this.#unreachable('the answer broke off', error)
    }
  }

  close(): void {
    this.#agent.destroy()
  }

  #unreachable(why: string, cause: unknown): LedgerError {
    const code = (cause as NodeJS.ErrnoException).code
    const error = new LedgerError(
      'unreachable',
      `${this.#name}: ${why}`,
      { endpoint: this.#name, code },
      'is the node running?',
    )
    error.cause = cause
    return error
  }
}

function targetOf(text: string): { hostname: string; port: string } {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' || url.pathname !== '/') {
    throw new LedgerError(
      'malformed',
      `api: expected an address like http://127.0.0.1:8650, got ${JSON.stringify(text)}`,
    )
  }
  // An IPv6 address stands in brackets in an URL, and without them in a call.
  return { hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: url.port || '80' }
}
