import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
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

/** Stands before every route: who asks too much, too long or without leave goes no further. */
export function guard(server: FastifyInstance, token: string | undefined): void {
  const allowances = new Allowances(allowance)
  server.decorateRequest('isTrusted', false)
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff')
    const { declared } = request.routeOptions.config
    if (declared === undefined || declared.crossOrigin) openToPages(reply)
    request.isTrusted = token === undefined || showsToken(request, token)
    if (!request.isTrusted) {
      const waitMs = allowances.take(request.ip, declared?.cost ?? 1, performance.now())
      if (waitMs > 0)
        throw new LedgerError('rate', 'too many requests of this address', { retryAfterMs: waitMs }, 'wait')
    }
    if (request.url.length > urlCharsMax)
      throw new LedgerError('uri-too-long', `url: more than ${urlCharsMax} characters`)
    if (declared?.access === 'token' && !request.isTrusted) throw unauthorized('writing needs the token of the node')
  })
}

/** Undefined over the socket: nobody else can open it. Throws LedgerError `unauthorized` for another token. */
function showsToken({ headers: { authorization } }: FastifyRequest, token: string): boolean {
  if (authorization === undefined) return false
  if (bears(authorization, token)) return true
  throw unauthorized('authorization: not the token of this node')
}

function unauthorized(message: string): LedgerError {
  return new LedgerError(
    'unauthorized',
    message,
    {},
    `send "authorization: Bearer …" with the content of ${tokenFile} in the node's data folder`,
  )
}

function openToPages(reply: FastifyReply): void {
  reply.header('access-control-allow-origin', '*').header('access-control-expose-headers', 'retry-after')
}
