import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { LedgerError } from '../../consensus/errors.ts'
import { Turns } from '../../network/turns.ts'
import type { ApiSource } from './api-source.ts'
import { InputReader } from './input.ts'
import { heavyAtOnce, heavyCost, heavyWaiting, unreadMsMax } from './limits.ts'
import { ndjson } from './ndjson.ts'
import type { ExportLine } from './node-view.ts'
import { Places } from './places.ts'
import type { AnyRoute, Asked } from './route.ts'

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
  readonly #source: ApiSource
  readonly #turns = new Turns(heavyAtOnce)
  readonly #waiting = new Places(heavyWaiting)

  constructor(server: FastifyInstance, source: ApiSource) {
    this.#server = server
    this.#source = source
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
        const sent = bodyOf(route, request)
        const input = reader.read(request.params as Fields, request.query as Fields, sent)
        return send(route, reply, await this.#handle(route, request, input, askedOf(sent, reply)))
      },
    })
  }

  /** What must be worked out waits for its turn. */
  async #handle(route: AnyRoute, request: FastifyRequest, input: Fields, asked: Asked): Promise<unknown> {
    if (route.cost < heavyCost) return await route.handle(this.#source, input, asked)
    const leave = this.#waiting.take(request.isTrusted ? undefined : request.ip)
    try {
      await this.#turns.take(asked.signal)
      try {
        return await route.handle(this.#source, input, asked)
      } finally {
        this.#turns.done()
      }
    } finally {
      leave()
    }
  }
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

function askedOf(body: Uint8Array, reply: FastifyReply): Asked {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  return { body, signal: gone.signal, header: (name, value) => void reply.header(name, value) }
}

/** With its first piece, or its refusal, worked out: an answer that has begun can't be refused any more. */
async function begun(pieces: AsyncIterable<Uint8Array>): Promise<AsyncGenerator<Uint8Array>> {
  const iterator = pieces[Symbol.asyncIterator]()
  const first = await iterator.next()
  return (async function* () {
    for (let piece = first; piece.done !== true; piece = await iterator.next()) yield piece.value
  })()
}

async function send({ answer }: AnyRoute, reply: FastifyReply, result: unknown): Promise<unknown> {
  if (answer.kind === 'json') return { ok: true, data: result }
  if (answer.kind === 'lines' || answer.kind === 'stream') reply.raw.setTimeout(unreadMsMax, () => reply.raw.destroy())
  if (answer.kind === 'stream') {
    return reply.type(answer.mediaType).send(Readable.from(await begun(result as AsyncIterable<Uint8Array>)))
  }
  if (answer.kind === 'lines') {
    return reply.type('application/x-ndjson').send(Readable.from(await ndjson(result as AsyncIterable<ExportLine>)))
  }
  return reply.type(answer.mediaType).send(typeof result === 'string' ? result : Buffer.from(result as Uint8Array))
}
