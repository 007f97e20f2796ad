import { chmod, rm } from 'node:fs/promises'
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { LedgerError } from '../../consensus/errors.ts'
import { errorAnswer } from './api-error.ts'
import type { ApiSource } from './api-source.ts'
import type { ApiTally } from './api-tally.ts'
import { guard } from './gate.ts'
import { bodyBytesMax, connectionsMax, headerBytesMax, requestMsMax, urlCharsMax } from './limits.ts'
import { readNames } from './names.ts'
import { openApiText } from './openapi.ts'
import { Pace } from './pace.ts'
import { routes } from './routes/index.ts'
import { RouteServer } from './serve-route.ts'
import { socketPath } from './socket-path.ts'
import { apiToken } from './token.ts'
import { Unrouted } from './unrouted.ts'

const jsonType = 'application/json; charset=utf-8'

export interface ApiOptions extends Omit<ApiSource, 'names' | 'document'> {
  /** The data folder: its socket is served, its token opens what is written, and the names kept in it. The caller holds its lock. */
  readonly data: string
  /** Undefined: the socket only. Port 0 takes any that is free. */
  readonly tcp?: { readonly host: string; readonly port: number }
  /** Told of every answer. */
  readonly tally?: ApiTally
  /** Told what went wrong inside; callers are told only that. */
  readonly onError?: (error: unknown) => void
}

export interface Api {
  /** `http://host:port`; null where only the socket is served. */
  readonly url: string | null
  readonly socket: string
  /** What writing over TCP needs. */
  readonly token: string
  stop(): Promise<void>
}

/** Serves a view over a socket in its data folder and, if asked, over TCP. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const socket = socketPath(options.data)
  const token = await apiToken(options.data)
  const pace = new Pace()
  const document = openApiText(routes)
  const source = { ...options, names: () => readNames(options.data), document: () => document }
  const local = serverOf(source, pace, undefined, options)
  const open = options.tcp === undefined ? undefined : serverOf(source, pace, token, options)
  try {
    // Left behind by a process that was killed: the lock on the folder says that nobody listens.
    await rm(socket, { force: true })
    await local.listen({ path: socket })
    await chmod(socket, 0o600)
    const url = open === undefined ? null : await open.listen(options.tcp!).catch(refuseListening(options.tcp!))
    return { url, socket, token, stop: async () => void (await Promise.all([open?.close(), local.close()])) }
  } catch (error) {
    await Promise.all([open?.close(), local.close()])
    throw error
  }
}

function refuseListening({ host, port }: { host: string; port: number }) {
  return (error: NodeJS.ErrnoException): never => {
    const next =
      error.code === 'EADDRINUSE'
        ? 'choose another port, or 0 for any that is free: --api HOST:PORT'
        : 'choose an address of this machine, and a port that this user may open: --api HOST:PORT'
    throw new LedgerError('api-listen', `can't listen on ${host}:${port}: ${error.message}`, { host, port }, next)
  }
}

/** `token` undefined: for the operator, who alone can open the socket in the data folder. */
function serverOf(
  source: ApiSource,
  pace: Pace,
  token: string | undefined,
  { onError, tally }: Pick<ApiOptions, 'onError' | 'tally'>,
): FastifyInstance {
  const refuse = (error: unknown, reply: FastifyReply): void => {
    const { status, headers, body } = errorAnswer(error)
    // Who has gone away has stopped the work on an answer.
    if (status === 500 && !reply.raw.destroyed) onError?.(error)
    reply.code(status).headers(headers).send(body)
  }
  const server = fastify({
    // A path that no route could take isn't left to the framework's own words.
    frameworkErrors: (error, _, reply) => refuse(error, reply),
    clientErrorHandler: refuseRaw,
    forceCloseConnections: true,
    requestTimeout: requestMsMax,
    bodyLimit: bodyBytesMax,
    exposeHeadRoutes: false,
    http: { maxHeaderSize: headerBytesMax },
    routerOptions: { maxParamLength: urlCharsMax },
  })
  const served = token === undefined ? routes : routes.filter(route => route.access !== 'operator')
  const unrouted = new Unrouted(served)
  server.server.maxConnections = connectionsMax
  server.server.on('checkExpectation', refuseExpectation)
  server.setErrorHandler((error, _, reply) => refuse(error, reply))
  server.setNotFoundHandler((request, reply) => unrouted.answer(request, reply))
  // Bodies stay bytes: what they are taken for is said by the route.
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
  guard(server, token)
  server.addHook('onResponse', async ({ routeOptions }, reply) =>
    tally?.answered(routeOptions.url, reply.statusCode, reply.elapsedTime),
  )
  const routeServer = new RouteServer(server, source, pace)
  for (const route of served) routeServer.serve(route)
  return server
}

/** Node answers these by itself, and without a word. */
function refuseExpectation({ headers }: IncomingMessage, response: ServerResponse): void {
  const error = new LedgerError('expectation', `expect: expected 100-continue, got ${JSON.stringify(headers.expect)}`)
  const { status, body } = errorAnswer(error)
  response.writeHead(status, { 'content-type': jsonType, connection: 'close' }).end(JSON.stringify(body))
}

/** What is no HTTP never becomes a request. */
function refuseRaw(error: Error & { code?: string }, socket: Socket): void {
  // In the middle of another answer a refusal would be a part of it.
  const isAnswering = (socket as { _httpMessage?: unknown })._httpMessage != null
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering) {
    socket.destroy()
    return
  }
  const { status, body } = errorAnswer(rawError(error.code))
  const text = JSON.stringify(body)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `content-type: ${jsonType}`,
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`)
}

function rawError(code: string | undefined): LedgerError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new LedgerError('headers-too-large', `headers: more than ${headerBytesMax} bytes`)
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new LedgerError('request-slow', `request: not there within ${requestMsMax} ms`)
  }
  return new LedgerError('malformed', 'request: expected one that HTTP allows')
}
