import { chmod, rm } from 'node:fs/promises'
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { LedgerError } from '../../consensus/errors.ts'
import { errorAnswer } from './api-error.ts'
import type { ApiSource } from './api-source.ts'
import { readNames } from './names.ts'
import { routes } from './routes/index.ts'
import { serveRoute } from './serve-route.ts'
import { socketPath } from './socket-path.ts'

export interface ApiOptions extends Omit<ApiSource, 'names'> {
  /** The data folder: its socket is served, and the names kept in it. The caller holds the folder's lock. */
  readonly data: string
  /** Undefined: the socket only. Port 0 takes any that is free. */
  readonly tcp?: { readonly host: string; readonly port: number }
  /** Told what went wrong inside; callers are told only that. */
  readonly onError?: (error: unknown) => void
}

export interface Api {
  /** `http://host:port`; null where only the socket is served. */
  readonly url: string | null
  readonly socket: string
  stop(): Promise<void>
}

/** Requests that take longer to arrive are cut off. Answers may take their time. */
const requestMsMax = 10_000
const connectionsMax = 256
/** An account's text has 56 characters, a CID's 59, a ref's 64. */
const paramLengthMax = 128

/** Serves a view over a socket in its data folder and, if asked, over TCP. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const socket = socketPath(options.data)
  const local = serverOf(options, true)
  const open = options.tcp === undefined ? undefined : serverOf(options, false)
  try {
    // Left behind by a process that was killed: the lock on the folder says that nobody listens.
    await rm(socket, { force: true })
    await local.listen({ path: socket })
    await chmod(socket, 0o600)
    const url = open === undefined ? null : await open.listen(options.tcp!).catch(refuseListening(options.tcp!))
    return { url, socket, stop: async () => void (await Promise.all([open?.close(), local.close()])) }
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

function serverOf({ data, onError, ...parts }: ApiOptions, forOperator: boolean): FastifyInstance {
  const refuse = (error: unknown, reply: FastifyReply): void => {
    const { status, body } = errorAnswer(error)
    if (status === 500) onError?.(error)
    reply.code(status).send(body)
  }
  const server = fastify({
    // A path that no route could take isn't left to the framework's own words.
    frameworkErrors: (error, _, reply) => refuse(error, reply),
    forceCloseConnections: true,
    requestTimeout: requestMsMax,
    bodyLimit: 1024,
    routerOptions: { maxParamLength: paramLengthMax },
  })
  server.server.maxConnections = connectionsMax
  server.setErrorHandler((error, _, reply) => refuse(error, reply))
  server.setNotFoundHandler(({ method, url }, reply) =>
    refuse(new LedgerError('not-found', `${method} ${url}: no such route`), reply),
  )
  // Bodies stay bytes: what they are taken for is said by the route.
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
  const source: ApiSource = { ...parts, names: () => readNames(data) }
  for (const route of routes) if (forOperator || route.access !== 'operator') serveRoute(server, route, source)
  return server
}
