import { Agent, type IncomingMessage, request } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { LedgerError } from '../../consensus/errors.ts'
import { brokenOff, type Received, type Sent, type Transport, unreachable } from '../client/transport.ts'

/** Where a node answers: an URL, or the socket in its data folder. */
export type Endpoint = { readonly url: string } | { readonly socket: string }

const agentOptions = { keepAlive: true, maxSockets: 16 }

/** One node's HTTP over TCP, TLS or a socket, with connections kept open. */
export class HttpCaller {
  readonly #agent: Agent
  readonly #request: typeof request
  readonly #target: { socketPath: string } | HostTarget
  readonly #name: string

  constructor(endpoint: Endpoint) {
    this.#target = 'url' in endpoint ? targetOf(endpoint.url) : { socketPath: endpoint.socket }
    const isTls = 'protocol' in this.#target && this.#target.protocol === 'https:'
    this.#agent = isTls ? new TlsAgent(agentOptions) : new Agent(agentOptions)
    this.#request = isTls ? tlsRequest : request
    this.#name = 'url' in endpoint ? endpoint.url : endpoint.socket
  }

  readonly send: Transport = async sent => {
    const answer = await this.#head(sent)
    const { silenceMs } = sent
    answer.setTimeout(silenceMs, () => answer.destroy(new Error(`silent for ${silenceMs} ms`)))
    return {
      status: answer.statusCode!,
      bytes: () => this.#whole(answer),
      chunks: () => this.#chunks(answer),
    } satisfies Received
  }

  close(): void {
    this.#agent.destroy()
  }

  async #head({ method, path, headers, body, timeoutMs, signal }: Sent): Promise<IncomingMessage> {
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(), timeoutMs)
    const either = signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, signal])
    const length = body === undefined ? {} : { 'content-length': body.length }
    try {
      return await new Promise<IncomingMessage>((resolve, reject) => {
        const options = { ...this.#target, agent: this.#agent, method, path, signal: either }
        const sent = this.#request({ ...options, headers: { ...headers, ...length } }, resolve)
        sent.on('error', reject)
        sent.end(body)
      })
    } catch (error) {
      const why = deadline.signal.aborted ? `no answer within ${timeoutMs} ms` : (error as Error).message
      throw unreachable(this.#name, why, error)
    } finally {
      clearTimeout(timer)
    }
  }

  async #whole(answer: IncomingMessage): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    for await (const chunk of this.#chunks(answer)) chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  async *#chunks(answer: IncomingMessage): AsyncGenerator<Uint8Array> {
    try {
      yield* answer
    } catch (error) {
      throw brokenOff(this.#name, error)
    } finally {
      answer.destroy()
    }
    if (!answer.complete) throw brokenOff(this.#name)
  }
}

interface HostTarget {
  readonly protocol: 'http:' | 'https:'
  readonly hostname: string
  readonly port: string
}

const ports = { 'http:': '80', 'https:': '443' } as const

function targetOf(text: string): HostTarget {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const protocol = url?.protocol
  if (url === undefined || (protocol !== 'http:' && protocol !== 'https:') || url.pathname !== '/') {
    throw new LedgerError(
      'malformed',
      `api: expected an address like http://127.0.0.1:8650, got ${JSON.stringify(text)}`,
    )
  }
  // An IPv6 address stands in brackets in an URL, and without them in a call.
  return { protocol, hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: url.port || ports[protocol] }
}
