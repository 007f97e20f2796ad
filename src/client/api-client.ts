import { LedgerError } from '../../consensus/errors.ts'
import type { ErrorBody } from '../api/api-error.ts'
import type { Method } from '../api/route.ts'
import type { DataAt, Given, InputAt, PathOf } from './calls.ts'
import { eventsIn, type StreamEvent } from './event-reader.ts'
import { linesOf } from './lines.ts'
import { type Fetch, fetchTransport, type Received, type Transport } from './transport.ts'

/** Answers that must be worked out (explain, payouts of many accounts) take a while; silence for longer is none. */
const timeoutMsDefault = 30_000
/** An answer that has begun may be long, but not silent for longer: the node says something all the time, */
const silenceMsMax = 30_000
/** but for files, where nothing can stand between the pieces. */
const fileSilenceMsMax = 600_000
/** What an answer may take beyond the wait that was asked for. */
const waitMarginMs = 3_000

/** Before a stream that broke off is asked for again, and how often that may fail in a row. */
const reconnectMs = 1_000
const failuresMax = 60

export interface ApiClientOptions {
  /** For what only who has the token may ask. */
  readonly token?: string
  readonly timeoutMs?: number
  /** Instead of the platform's own. */
  readonly fetch?: Fetch
}

type Input = Readonly<Record<string, unknown>>

interface CallOptions {
  readonly signal?: AbortSignal
  /** Of this call alone. */
  readonly timeoutMs?: number
}

/** Its fields, where it has any, and how it is called. */
type Asked<Path extends string> = [...Given<InputAt<'GET', Path>>, options?: CallOptions]
type Loosely = [input?: Input, options?: CallOptions]

/**
 * A node's API, in Node or in a page. Paths are written as the node declares them, and fields are named: their types and those of
 * the answers are the node's own. Refusals are LedgerErrors with the node's code; without an answer the code is `unreachable`.
 */
export class ApiClient {
  readonly #transport: Transport
  readonly #timeoutMs: number
  readonly #headers: Readonly<Record<string, string>>

  constructor(node: string | Transport, options: ApiClientOptions = {}) {
    const { token, timeoutMs = timeoutMsDefault, fetch = globalThis.fetch.bind(globalThis) } = options
    this.#transport = typeof node === 'string' ? fetchTransport(node, fetch) : node
    this.#timeoutMs = timeoutMs
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  }

  /** `client.get('/v1/accounts/{account}', { account })` */
  async get<Path extends PathOf<'GET', 'json'>>(path: Path, ...asked: Asked<Path>): Promise<DataAt<'GET', Path>> {
    const [input, options] = loosely(asked)
    return dataOf(await this.#read('GET', withQuery(path, input), options))
  }

  /** Likewise where the answer is no JSON: the bytes of a block, or a text. */
  async bytes<Path extends PathOf<'GET', 'bytes' | 'text'>>(path: Path, ...asked: Asked<Path>): Promise<Uint8Array> {
    const [input, options] = loosely(asked)
    return await this.#read('GET', withQuery(path, input), options)
  }

  /** The objects of an answer that comes in lines. */
  async *lines<Path extends PathOf<'GET', 'lines'>>(
    path: Path,
    ...asked: Asked<Path>
  ): AsyncGenerator<DataAt<'GET', Path>> {
    const [input, options] = loosely(asked)
    const answer = await this.#send({ method: 'GET', ...withQuery(path, input) }, options)
    for await (const line of linesOf(answer.chunks())) if (line !== '') yield JSON.parse(line)
  }

  /** An answer that may be long, as its pieces come. */
  async *stream<Path extends PathOf<'GET', 'stream'>>(path: Path, ...asked: Asked<Path>): AsyncGenerator<Uint8Array> {
    const [input, options] = loosely(asked)
    const question = { method: 'GET', ...withQuery(path, input), silenceMs: fileSilenceMsMax } as const
    const answer = await this.#send(question, options)
    yield* answer.chunks()
  }

  /**
   * What becomes final, without an end: ended by the signal, or by leaving it. Throws where the node doesn't answer the first time. A
   * stream that breaks off later is taken up where it was, each second anew, until 60 tries in a row have failed (for about a minute,
   * longer where the node keeps silent), or the node refuses with anything but that it is busy or not ready yet; then the last failure
   * is thrown.
   */
  async *events(input: InputAt<'GET', '/v1/events'> = {}, options: CallOptions = {}): AsyncGenerator<StreamEvent> {
    let lastEventId: string | undefined
    let isOpened = false
    for (let failures = 0; !isAborted(options); ) {
      try {
        const answer = await this.#send({ method: 'GET', ...withQuery('/v1/events', input), lastEventId }, options)
        isOpened = true
        for await (const event of eventsIn(answer.chunks())) {
          failures = 0
          lastEventId = event.id
          if (event.event !== undefined) yield event as StreamEvent
        }
      } catch (error) {
        if (isAborted(options)) return
        if (!isOpened || !isPassing(error) || ++failures > failuresMax) throw error
      }
      await pause(reconnectMs, options.signal)
    }
  }

  /** The fields go as JSON, bytes as they are. */
  async post<Path extends PathOf<'POST', 'json'>>(
    path: Path,
    body: Uint8Array | InputAt<'POST', Path>,
    options?: CallOptions,
  ): Promise<DataAt<'POST', Path>> {
    return dataOf(await this.#read('POST', { path, ...bodyOf(body) }, options))
  }

  /** Bytes for bytes. */
  exchange(path: PathOf<'POST', 'bytes'>, body: Uint8Array, options?: CallOptions): Promise<Uint8Array> {
    return this.#read('POST', { path, ...bodyOf(body) }, options)
  }

  async #read(method: Method, question: Question, options: CallOptions | undefined): Promise<Uint8Array> {
    return await (await this.#send({ method, ...question }, options)).bytes()
  }

  async #send(question: Question & { readonly method: Method }, options: CallOptions = {}): Promise<Received> {
    const { method, path, type, body, lastEventId, waitMs = 0, silenceMs = silenceMsMax } = question
    const { timeoutMs = this.#timeoutMs } = options
    const answer = await this.#transport({
      method,
      path,
      headers: {
        ...this.#headers,
        ...(type !== undefined && { 'content-type': type }),
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      },
      ...(body !== undefined && { body }),
      timeoutMs: waitMs === 0 ? timeoutMs : waitMs + Math.min(timeoutMs, waitMarginMs),
      silenceMs,
      ...(options.signal !== undefined && { signal: options.signal }),
    })
    if (answer.status !== 200) throw refusalIn(await answer.bytes())
    return answer
  }
}

/** Inside it makes no difference which path it was. */
function loosely(asked: readonly unknown[]): Loosely {
  return asked as Loosely
}

interface Question {
  readonly path: string
  readonly type?: string
  readonly body?: Uint8Array
  readonly lastEventId?: string | undefined
  /** How long the node was asked to wait before it answers. */
  readonly waitMs?: number
  readonly silenceMs?: number
}

/** The path with its fields in it, and the others behind it. */
function withQuery(path: string, input: Input | undefined): Question {
  const rest = new URLSearchParams()
  const filled = new Set<string>()
  const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    filled.add(name)
    return encodeURIComponent(String(input?.[name]))
  })
  for (const [name, value] of Object.entries(input ?? {})) {
    if (!filled.has(name) && value !== undefined) rest.set(name, String(value))
  }
  const query = rest.toString()
  const waitMs = typeof input?.wait === 'number' ? { waitMs: input.wait } : {}
  return { path: query === '' ? url : `${url}?${query}`, ...waitMs }
}

function bodyOf(body: Uint8Array | Input): { type: string; body: Uint8Array } {
  if (body instanceof Uint8Array) return { type: 'application/cbor', body }
  return { type: 'application/json', body: new TextEncoder().encode(JSON.stringify(body)) }
}

function dataOf<T>(bytes: Uint8Array): T {
  const answer = parse(bytes) as { ok?: unknown; data?: T } | null
  if (answer?.ok !== true) throw notANode()
  return answer.data as T
}

/** The node's refusal as it was thrown there. */
function refusalIn(bytes: Uint8Array): LedgerError {
  const { error } = (parse(bytes) ?? {}) as { error?: ErrorBody }
  return error === undefined ? notANode() : new LedgerError(error.code, error.message, {}, error.next)
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    throw notANode()
  }
}

function notANode(): LedgerError {
  return new LedgerError('not-a-node', 'the answer is not a node’s', {}, 'check the address')
}

function isAborted({ signal }: CallOptions): boolean {
  return signal?.aborted === true
}

/** Whether it may be over soon. */
function isPassing(error: unknown): boolean {
  return error instanceof LedgerError && ['unreachable', 'busy', 'rate', 'not-ready'].includes(error.code)
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  signal?.addEventListener('abort', () => resolve(), { once: true })
  await promise
  clearTimeout(timer)
}
