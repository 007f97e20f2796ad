import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { parseAccountKey } from '../../consensus/account.ts'
import { Cid } from '../../consensus/cid.ts'
import { LedgerError, MalformedError } from '../../consensus/errors.ts'
import { batchRecordsMax } from '../../consensus/ref.ts'
import type { Names } from './names.ts'
import { ndjson } from './ndjson.ts'
import { type EpochRange, type ExportKind, exportKinds, type NodeView } from './node-view.ts'
import { parseCount, type Query, queryCount, refuseUnknown } from './query.ts'
import { parseSubject } from './subject.ts'
import { decodeSubmit, submitBytesMax, submitMediaType } from './submit-body.ts'

export const waitMsMax = 60_000

type Params = Readonly<Record<string, string>>

/** What everybody may ask. */
export function publicRoutes(server: FastifyInstance, view: NodeView, names: () => Promise<Names>): void {
  const get = (path: string, queries: readonly string[], answer: (params: Params, query: Query) => Promise<unknown>) =>
    server.get(path, async request => {
      const query = request.query as Query
      refuseUnknown(query, queries)
      return { ok: true, data: await answer(request.params as Params, query) }
    })

  get('/v1/status', [], () => view.status())
  get('/v1/names', [], names)
  get('/v1/supply', [], () => view.supply())
  get('/v1/payouts', ['epoch'], (_, query) => view.payouts(queryCount(query, 'epoch')))
  get('/v1/accounts/:id', [], async ({ id }) => found(await view.account(parseAccountKey(id!, 'id')), id!))
  get('/v1/authors/:id', [], ({ id }) => view.author(parseAccountKey(id!, 'id')))
  get('/v1/records/:cid/:index', [], async ({ cid, index }) => {
    const batch = Cid.fromText(cid!)
    return found(await view.record(batch, parseCount(index, 'index', batchRecordsMax - 1)), `${cid}/${index}`)
  })
  // A ref has a slash in it: the wildcard takes both forms of an id.
  get('/v1/explain/*', ['epoch'], async ({ '*': id }, query) =>
    found(await view.explain(parseSubject(id!), queryCount(query, 'epoch')), id!),
  )
  server.get('/v1/epochs/:n', (request, reply) => answerEpoch(view, request, reply))
  server.get('/v1/export/:what', (request, reply) => answerExport(view, request, reply))
  submitRoute(server, view)
  healthRoutes(server, view)
}

/** What only the operator may ask, who alone can open the socket in the data folder. */
export function operatorRoutes(server: FastifyInstance, view: NodeView): void {
  server.post('/v1/halt', { bodyLimit: 1024 }, async request => {
    const epoch = (request.body as { epoch?: unknown } | null)?.epoch
    if (!Number.isSafeInteger(epoch) || (epoch as number) < 0)
      throw new MalformedError('epoch', 'an integer from 0', epoch)
    await view.halt(epoch as number)
    return { ok: true, data: {} }
  })
}

function found<T>(answer: T | undefined, id: string): T {
  if (answer === undefined) throw new LedgerError('not-found', `${id}: not known to this node`)
  return answer
}

async function answerEpoch(view: NodeView, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const query = request.query as Query
  refuseUnknown(query, ['wait'])
  const epoch = parseCount((request.params as Params).n, 'epoch')
  const waitMs = queryCount(query, 'wait', waitMsMax) ?? 0
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  const status = await view.epoch(epoch, { waitMs, signal: gone.signal })
  if (status === undefined)
    throw new LedgerError('not-yet', `epoch ${epoch} isn't final yet`, {}, 'ask again with ?wait=ms')
  return { ok: true, data: status }
}

async function answerExport(view: NodeView, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const query = request.query as Query
  refuseUnknown(query, ['from', 'to'])
  const { what } = request.params as Params
  if (!exportKinds.includes(what as ExportKind)) throw new MalformedError('what', exportKinds.join(', '), what)
  const [from, to] = [queryCount(query, 'from'), queryCount(query, 'to')]
  const range: EpochRange = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
  return reply.type('application/x-ndjson').send(Readable.from(await ndjson(view.export(what as ExportKind, range))))
}

function submitRoute(server: FastifyInstance, view: NodeView): void {
  server.addContentTypeParser(submitMediaType, { parseAs: 'buffer', bodyLimit: submitBytesMax }, (_, body, done) =>
    done(null, body),
  )
  server.post('/v1/submit', { bodyLimit: submitBytesMax }, async request => {
    if (!Buffer.isBuffer(request.body)) throw new LedgerError('media-type', `content-type: expected ${submitMediaType}`)
    return { ok: true, data: await view.submit(decodeSubmit(new Uint8Array(request.body))) }
  })
}

function healthRoutes(server: FastifyInstance, view: NodeView): void {
  server.get('/health/live', async () => ({ ok: true, data: {} }))
  server.get('/health/ready', async () => {
    const { syncing, halted } = await view.status()
    if (halted !== null) throw new LedgerError('not-ready', `halted: ${halted}`)
    if (syncing) throw new LedgerError('not-ready', 'catching up with peers', {}, 'wait')
    return { ok: true, data: {} }
  })
}
