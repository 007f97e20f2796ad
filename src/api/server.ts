import { chmod, rm } from 'node:fs/promises'
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { LedgerError } from '../../consensus/errors.ts'
import { errorAnswer } from './api-error.ts'
import type { ApiSource } from './api-source.ts'
import type { ApiTally } from './api-tally.ts'
import { guard } from './gate.ts'
import {
  bodyBytesMax,
  connectionsMax,
  headerBytesMax,
  lastAnswersMsMax,
  readers as readersAllowed,
  requestMsMax,
  urlCharsMax,
} from './limits.ts'
import { readNames } from './names.ts'
import { openApiText } from './openapi.ts'
import { Pace } from './pace.ts'
import { type ReaderLimits, watchReader } from './reader-watch.ts'
import { routes } from './routes/index.ts'
import { RouteServer } from './serve-route.ts'
import { socketPath } from './socket-path.ts'
import { Stage } from './stage.ts'
import { apiToken } from './token.ts'
import { UnderWay } from './under-way.ts'
import { Unrouted } from './unrouted.ts'

const jsonType = 'application/json; charset=utf-8'

export interface ApiOptions {
  /** The data folder: its socket is served, its token opens what is written, and the names kept in it. The caller holds its lock. */
  readonly data: string
  /** Undefined: the socket only. Port 0 takes any that is free. */
  readonly tcp?: { readonly host: string; readonly port: number }
  /** What is measured before there is a ledger, as Prometheus text. */
  readonly earlyMetrics?: () => Promise<string>
  /** IP addresses or networks of those whose word is taken for whom they ask: `x-forwarded-for`. */
  readonly proxies?: readonly string[]
  /** Told of every answer. */
  readonly tally?: ApiTally
  /** Told what went wrong inside; callers are told only that. */
  readonly onError?: (error: unknown) => void
  /** Other than the default: stricter for tests. */
  readonly readers?: ReaderLimits
}

export interface Api {
  /** `http://host:port`; null where only the socket is served. */
  readonly url: string | null
  readonly socket: string
  /** What writing over TCP needs. */
  readonly token: string
  /** Says what there is no ledger yet for: a word, then how far it is. */
  wait(reason: string): void
  /** Answers from a ledger from here on. */
  open(ledger: ApiLedger): void
  /** The node was told to stop: it is ready no more, and streams and waits end. */
  ending(): void
  /** Lets answers under way end, for a while. */
  stop(): Promise<void>
}

/** What the API answers from beside the data folder. */
export type ApiLedger = Omit<ApiSource, 'names' | 'document' | 'isStopping'>

/** Serves a socket in the data folder and, if asked, TCP: at first without a ledger, which is refused to all but who asks for a sign of life. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const socket = socketPath(options.data)
  const token = await apiToken(options.data)
  const shared = { stage: new Stage(options.earlyMetrics), pace: new Pace(), underWay: new UnderWay() }
  const { stage, underWay } = shared
  const local = serverOf(shared, undefined, options)
  const open = options.tcp === undefined ? undefined : serverOf(shared, token, options)
  try {
    // Left behind by a process that was killed: the lock on the folder says that nobody listens.
    await rm(socket, { force: true })
    await local.listen({ path: socket })
    await chmod(socket, 0o600)
    const url = open === undefined ? null : await open.listen(options.tcp!).catch(refuseListening(options.tcp!))
    return {
      url,
      socket,
      token,
      wait: reason => stage.wait(reason),
      open: ledger => stage.open(sourceOf(ledger, options.data, stage)),
      ending: () => stage.stop(),
      stop: async () => {
        stage.stop()
        await underWay.none(lastAnswersMsMax)
        await Promise.all([open?.close(), local.close()])
      },
    }
  } catch (error) {
    await Promise.all([open?.close(), local.close()])
    throw error
  }
}

function sourceOf(ledger: ApiLedger, data: string, { stopping }: Stage): ApiSource {
  const document = openApiText(routes)
  return { ...ledger, names: () => readNames(data), document: () => document, isStopping: () => stopping.aborted }
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

/** What the servers of one process have in common. */
interface Shared {
  readonly stage: Stage
  readonly pace: Pace
  readonly underWay: UnderWay
}

/** `token` undefined: for the operator, who alone can open the socket in the data folder. */
function serverOf(
  { stage, pace, underWay }: Shared,
  token: string | undefined,
  { onError, tally, proxies = [], readers = readersAllowed }: ApiOptions,
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
    // Who comes in the last moment is answered in our own words.
    return503OnClosing: false,
    requestTimeout: requestMsMax,
    bodyLimit: bodyBytesMax,
    exposeHeadRoutes: false,
    // Only over TCP: whoever has the socket is the operator.
    ...(token !== undefined && { trustProxy: [...proxies] }),
    http: { maxHeaderSize: headerBytesMax },
    routerOptions: { maxParamLength: urlCharsMax },
  })
  const served = token === undefined ? routes : routes.filter(route => route.access !== 'operator')
  const unrouted = new Unrouted(served)
  server.server.maxConnections = connectionsMax
  server.server.on('connection', socket => watchReader(socket, readers))
  server.server.on('checkExpectation', refuseExpectation)
  server.setErrorHandler((error, _, reply) => refuse(error, reply))
  server.setNotFoundHandler((request, reply) => unrouted.answer(request, reply))
  // Bodies stay bytes: what they are taken for is said by the route.
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
  server.addHook('onRequest', async (_, reply) => underWay.add(reply.raw))
  guard(server, token)
  server.addHook('onResponse', async ({ routeOptions }, reply) =>
    tally?.answered(routeOptions.url, reply.statusCode, reply.elapsedTime),
  )
  const routeServer = new RouteServer(server, stage, pace, error => onError?.(error))
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
