import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { LedgerError } from '../../consensus/errors.ts'
import { Turns } from '../../network/turns.ts'
import type { ApiSource } from './api-source.ts'
import { eventStreamText, type ServerSentEvent } from './event-stream.ts'
import { InputReader } from './input.ts'
import { eventStreams, heavyAtOnce, heavyCost, heavyWaiting, lineStreams, unreadMsMax } from './limits.ts'
import { ndjson } from './ndjson.ts'
import type { ExportLine } from './node-view.ts'
import type { Pace } from './pace.ts'
import { Places } from './places.ts'
import type { Answer, AnyRoute, Asked } from './route.ts'
import type { Stage } from './stage.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The declaration behind a route of the server. */
    readonly declared?: AnyRoute
  }
}

const none = new Uint8Array()

/** Answers declared routes on a server. */
export class RouteServer {
  readonly #server: FastifyInstance
  readonly #stage: Stage
  readonly #pace: Pace
  readonly #unreadMs: number
  readonly #turns = new Turns(heavyAtOnce)
  readonly #waiting = new Places(heavyWaiting)
  readonly #streams: Readonly<Partial<Record<Answer['kind'], Places>>> = {
    lines: new Places(lineStreams),
    events: new Places(eventStreams),
  }

  /** Servers of one process are in one stage and keep one pace. */
  constructor(server: FastifyInstance, stage: Stage, pace: Pace, unreadMs = unreadMsMax) {
    this.#unreadMs = unreadMs
    this.#pace = pace
    this.#server = server
    this.#stage = stage
  }

  serve(route: AnyRoute): void {
    const reader = new InputReader(route)
    const { method, path, body } = route
    this.#server.route({
      method,
      url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
      config: { declared: route },
      ...(body !== undefined && { bodyLimit: body.bytesMax }),
      handler: async (request, reply) => {
        const { source } = this.#stage
        if (source === undefined) return await this.#send(route, request, reply, await this.#early(route))
        await this.#pace.turn(request.isTrusted)
        const sent = bodyOf(route, request)
        const input = reader.read(request.params as Fields, request.query as Fields, sent)
        const result = await this.#handle(route, request, input, this.#askedOf(request, reply, sent), source)
        return await this.#send(route, request, reply, result)
      },
    })
  }

  async #early({ early }: AnyRoute): Promise<unknown> {
    const answer: unknown = await early?.(this.#stage.early)
    if (answer === undefined) throw this.#stage.refusal()
    return answer
  }

  /** What must be worked out waits for its turn. */
  async #handle(
    route: AnyRoute,
    request: FastifyRequest,
    input: Fields,
    asked: Asked,
    source: ApiSource,
  ): Promise<unknown> {
    const streams = this.#streams[route.answer.kind]
    if (streams !== undefined) {
      const leave = streams.take(addressOf(request))
      if (asked.signal.aborted) leave()
      else asked.signal.addEventListener('abort', leave, { once: true })
      return await route.handle(source, input, asked)
    }
    if (route.cost < heavyCost) return await route.handle(source, input, asked)
    const leave = this.#waiting.take(addressOf(request))
    try {
      await this.#turns.take(asked.signal)
      try {
        return await route.handle(source, input, asked)
      } finally {
        this.#turns.done()
      }
    } finally {
      leave()
    }
  }

  #askedOf({ headers, isTrusted }: FastifyRequest, reply: FastifyReply, body: Uint8Array): Asked {
    const id = headers['last-event-id']
    const gone = new AbortController()
    if (reply.raw.closed) gone.abort()
    else reply.raw.once('close', () => gone.abort())
    const { stopping } = this.#stage
    return {
      body,
      isTrusted,
      lastEventId: typeof id === 'string' ? id : undefined,
      signal: gone.signal,
      get ending() {
        return AbortSignal.any([gone.signal, stopping])
      },
      header: (name, value) => void reply.header(name, value),
    }
  }

  async #send(
    { answer }: AnyRoute,
    { isTrusted }: FastifyRequest,
    reply: FastifyReply,
    result: unknown,
  ): Promise<unknown> {
    if (answer.kind === 'json') return { ok: true, data: result }
    if (answer.kind === 'stream') {
      reply.raw.setTimeout(this.#unreadMs, () => reply.raw.destroy())
      return reply.type(answer.mediaType).send(Readable.from(await begun(result as AsyncIterable<Uint8Array>)))
    }
    if (answer.kind === 'lines' || answer.kind === 'events') {
      reply.raw.setTimeout(this.#unreadMs, () => reply.raw.destroy())
      const text = this.#pace.stream(await textOf(answer.kind, result), isTrusted)
      return reply.type(streamTypes[answer.kind]).send(Readable.from(text))
    }
    const body = typeof result === 'string' ? result : Buffer.from(result as Uint8Array)
    return reply.type(answer.mediaType).send(body)
  }
}

/** Undefined for the operator. */
function addressOf({ isTrusted, ip }: FastifyRequest): string | undefined {
  return isTrusted ? undefined : ip
}

type Fields = Readonly<Record<string, unknown>>

function bodyOf({ body }: AnyRoute, request: FastifyRequest): Uint8Array {
  if (body === undefined) return none
  const expected = body.kind === 'json' ? 'application/json' : body.mediaType
  const [mediaType = ''] = (request.headers['content-type'] ?? '').split(';')
  if (mediaType.trim().toLowerCase() !== expected)
    throw new LedgerError('media-type', `content-type: expected ${expected}`)
  return request.body instanceof Uint8Array ? new Uint8Array(request.body) : none
}

/** With its first piece, or its refusal, worked out: an answer that has begun can't be refused any more. */
async function begun(pieces: AsyncIterable<Uint8Array>): Promise<AsyncGenerator<Uint8Array>> {
  const iterator = pieces[Symbol.asyncIterator]()
  const first = await iterator.next()
  return (async function* () {
    try {
      for (let piece = first; piece.done !== true; piece = await iterator.next()) yield piece.value
    } finally {
      // Who goes away in the middle lets go of what the pieces come from.
      await iterator.return?.()
    }
  })()
}

const streamTypes = { lines: 'application/x-ndjson', events: 'text/event-stream' } as const

async function textOf(kind: 'lines' | 'events', result: unknown): Promise<AsyncIterable<string>> {
  if (kind === 'lines') return await ndjson(result as AsyncIterable<ExportLine>)
  return eventStreamText(result as AsyncIterable<ServerSentEvent>)
}
