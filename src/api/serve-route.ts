import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { LedgerError } from '../../consensus/errors.ts'
import type { ApiSource } from './api-source.ts'
import { eventStreamText, type ServerSentEvent } from './event-stream.ts'
import { InputReader } from './input.ts'
import { Lane } from './lane.ts'
import { heavyCost } from './limits.ts'
import { ndjson } from './ndjson.ts'
import type { ExportLine } from './node-view.ts'
import type { Pace } from './pace.ts'
import { type Answer, type AnyRoute, type Asked, methodsOf } from './route.ts'
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
  readonly #onError: (error: unknown) => void
  readonly #lanes = { operator: new Lane(), anyone: new Lane() }

  /** Servers of one process are in one stage and keep one pace. `onError` is told of answers that broke off. */
  constructor(server: FastifyInstance, stage: Stage, pace: Pace, onError: (error: unknown) => void) {
    this.#pace = pace
    this.#onError = onError
    this.#server = server
    this.#stage = stage
  }

  serve(route: AnyRoute): void {
    const reader = new InputReader(route)
    const { path, body } = route
    this.#server.route({
      method: [...methodsOf(route)],
      url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
      config: { declared: route },
      ...(body !== undefined && { bodyLimit: body.bytesMax }),
      handler: async (request, reply) => {
        const { source } = this.#stage
        if (source === undefined) return this.#send(route, reply, await this.#early(route))
        await this.#pace.turn(request.isTrusted)
        const sent = bodyOf(route, request)
        const input = reader.read(request.params as Fields, request.query as Fields, sent)
        const asked = this.#askedOf(request, reply, sent)
        const result = await this.#handle(route, request, input, asked, source)
        const pieces = piecesOf(route.answer, result)
        if (pieces === undefined) return this.#send(route, reply, result)
        return await this.#stream(route.answer.mediaType, reply, pieces, asked)
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
    const lane = this.#lanes[asked.isTrusted ? 'operator' : 'anyone']
    const streams = lane.streams(route.answer.kind)
    if (streams !== undefined) {
      const leave = streams.take(addressOf(request))
      if (asked.signal.aborted) leave()
      else asked.signal.addEventListener('abort', leave, { once: true })
      return await route.handle(source, input, asked)
    }
    if (route.cost < heavyCost) return await route.handle(source, input, asked)
    return await lane.workOut(addressOf(request), asked, timed => route.handle(source, input, timed))
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

  #send({ answer }: AnyRoute, reply: FastifyReply, result: unknown): unknown {
    if (answer.kind === 'json') return { ok: true, data: result }
    return reply.type(answer.mediaType).send(typeof result === 'string' ? result : Buffer.from(result as Uint8Array))
  }

  async #stream(mediaType: string, reply: FastifyReply, pieces: Pieces, asked: Asked): Promise<FastifyReply> {
    const begun = await this.#begun(pieces, asked.signal)
    const paced = this.#pace.stream(begun, asked.isTrusted)
    return reply.type(mediaType).send(Readable.from(paced))
  }

  /** With its first piece, or its refusal, worked out: an answer that has begun can't be refused any more. */
  async #begun<T>(pieces: AsyncIterable<T>, signal: AbortSignal): Promise<AsyncGenerator<T>> {
    const iterator = pieces[Symbol.asyncIterator]()
    const first = await iterator.next()
    // Nobody would read, and so nobody let go of what the pieces come from.
    if (signal.aborted) await iterator.return?.()
    signal.throwIfAborted()
    return this.#rest(first, iterator, signal)
  }

  async *#rest<T>(first: IteratorResult<T>, iterator: AsyncIterator<T>, signal: AbortSignal): AsyncGenerator<T> {
    try {
      for (let piece = first; piece.done !== true; piece = await iterator.next()) yield piece.value
    } catch (error) {
      // The caller sees only that it broke off, unless it was the one who went away.
      if (!signal.aborted) this.#onError(error)
      throw error
    } finally {
      // Who goes away in the middle lets go of what the pieces come from.
      await iterator.return?.()
    }
  }
}

/** Undefined for the operator. */
function addressOf({ isTrusted, ip }: FastifyRequest): string | undefined {
  return isTrusted ? undefined : ip
}

type Pieces = AsyncIterable<string | Uint8Array>
type Fields = Readonly<Record<string, unknown>>

function bodyOf({ body }: AnyRoute, request: FastifyRequest): Uint8Array {
  if (body === undefined) return none
  const expected = body.kind === 'json' ? 'application/json' : body.mediaType
  const [mediaType = ''] = (request.headers['content-type'] ?? '').split(';')
  if (mediaType.trim().toLowerCase() !== expected)
    throw new LedgerError('media-type', `content-type: expected ${expected}`)
  return request.body instanceof Uint8Array ? new Uint8Array(request.body) : none
}

/** Undefined for answers that are sent as a whole. */
function piecesOf({ kind }: Answer, result: unknown): Pieces | undefined {
  if (kind === 'stream') return result as AsyncIterable<Uint8Array>
  if (kind === 'lines') return ndjson(result as AsyncIterable<ExportLine>)
  return kind === 'events' ? eventStreamText(result as AsyncIterable<ServerSentEvent>) : undefined
}
