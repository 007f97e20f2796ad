import type { FastifyReply, FastifyRequest } from 'fastify'
import { LedgerError } from '../../consensus/errors.ts'
import { type AnyRoute, methodsOf } from './route.ts'

/** A browser asks again after a day. */
const preflightS = 86_400

/** What no route takes: a browser's question whether a page may ask, a method that the path hasn't, a path that isn't there. */
export class Unrouted {
  readonly #routes: readonly { readonly pattern: RegExp; readonly route: AnyRoute }[]

  constructor(routes: readonly AnyRoute[]) {
    this.#routes = routes.map(route => ({
      pattern: new RegExp(`^${route.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]*')}$`),
      route,
    }))
  }

  /** Throws LedgerError `method` or `not-found` for all but preflights. */
  answer({ method, url }: FastifyRequest, reply: FastifyReply): FastifyReply {
    const path = url.split('?')[0]!
    const here = this.#routes.filter(({ pattern }) => pattern.test(path)).map(({ route }) => route)
    const methods = [...new Set(here.flatMap(methodsOf))]
    if (methods.length === 0) throw new LedgerError('not-found', `${method} ${path}: no such route`)
    const open = here.filter(route => route.crossOrigin).map(route => route.method)
    if (method === 'OPTIONS' && open.length > 0) {
      return reply
        .code(204)
        .header('access-control-allow-methods', open.join(', '))
        .header('access-control-allow-headers', 'content-type, last-event-id')
        .header('access-control-max-age', preflightS)
        .send()
    }
    reply.header('allow', methods.join(', '))
    throw new LedgerError('method', `method: expected ${methods.join(' or ')}, got ${method}`)
  }
}
