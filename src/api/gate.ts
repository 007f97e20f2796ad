import type { FastifyInstance, FastifyReply } from 'fastify'
import { LedgerError } from '../../consensus/errors.ts'
import { Allowances } from './allowance.ts'
import { allowance, urlCharsMax } from './limits.ts'
import { bears, tokenFile } from './token.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The operator: over the socket in the data folder, or with the token that lies there. */
    isTrusted: boolean
  }
}

/** Stands before every route: who asks too much, too long or without leave goes no further. Without a token all are the operator. */
export function guard(server: FastifyInstance, token: string | undefined): void {
  const allowances = new Allowances(allowance)
  server.decorateRequest('isTrusted', false)
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff')
    const { declared } = request.routeOptions.config
    if (declared === undefined || declared.crossOrigin) openToPages(reply)
    const { authorization } = request.headers
    request.isTrusted = token === undefined || bears(authorization ?? '', token)
    if (!request.isTrusted) {
      const waitMs = allowances.take(request.ip, declared?.cost ?? 1, performance.now())
      if (waitMs > 0)
        throw new LedgerError('rate', 'too many requests of this address', { retryAfterMs: waitMs }, 'wait')
    }
    if (request.url.length > urlCharsMax)
      throw new LedgerError('uri-too-long', `url: more than ${urlCharsMax} characters`)
    if (request.isTrusted) return
    if (authorization !== undefined) throw unauthorized('authorization: not the token of this node')
    if (declared?.access === 'token') throw unauthorized('writing needs the token of the node')
  })
}

function unauthorized(message: string): LedgerError {
  return new LedgerError(
    'unauthorized',
    message,
    {},
    `it lies in ${tokenFile} in the node's data folder: send it as "authorization: Bearer …", or give that file with --token-file`,
  )
}

function openToPages(reply: FastifyReply): void {
  reply.header('access-control-allow-origin', '*').header('access-control-expose-headers', 'retry-after')
}
