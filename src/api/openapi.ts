import { STATUS_CODES } from 'node:http'
import type { TSchema } from 'typebox'
import { programVersion } from '../version.ts'
import { statuses } from './api-error.ts'
import { pathFields } from './input.ts'
import type { Answer, AnyRoute } from './route.ts'
import { refusal } from './schema/refusal.ts'

type Json = { readonly [field: string]: unknown }

const description =
  'Amounts are integers in µOPEN (10^6 of them are 1 OPEN), accounts, CIDs and refs are text. JSON comes as `{ok: true, data}`, and ' +
  'every refusal as `{ok: false, error: {code, message, next?}}`. Lists come in pages: what is under `next` is the `cursor` of the next one.'

/** Refusals that any route may give. */
const anywhere = ['malformed', 'uri-too-long', 'rate', 'busy'] as const
const ofBodies = ['too-large', 'media-type'] as const

/** The routes as an OpenAPI 3.1 document, which takes their schemas as they are. */
export function openApiText(routes: readonly AnyRoute[]): string {
  const shared = new SharedSchemas()
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of routes) {
    const operation = { [route.method.toLowerCase()]: operationOf(route, shared) }
    paths[route.path] = { ...paths[route.path], ...operation }
  }
  return JSON.stringify({
    openapi: '3.1.0',
    info: {
      title: 'openledger-node',
      version: programVersion,
      description,
      license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map(name => ({ name })),
    paths,
    components: {
      schemas: { ...shared.all, Refusal: shared.inline(refusal) },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: "The content of `api-token` in the node's data folder." },
      },
    },
  })
}

function operationOf(route: AnyRoute, shared: SharedSchemas): Json {
  const { method, path, tag, does, body, access } = route
  return {
    operationId: operationId(method, path),
    tags: [tag],
    summary: does,
    ...(access === 'operator' && { description: "Only over the socket in the node's data folder." }),
    ...(access === 'token' && { security: [{ token: [] }] }),
    parameters: parametersOf(route, shared),
    ...(body !== undefined && { requestBody: bodyOf(body, shared) }),
    responses: { 200: answerOf(route, shared), ...refusalsOf(route) },
  }
}

function operationId(method: string, path: string): string {
  const words = path.split('/').flatMap(part => part.replace(/^v1$|[{}]/g, '').split(/[^a-z0-9]/i))
  return [method.toLowerCase(), ...words.filter(word => word !== '')].join('-')
}

function parametersOf({ path, fields }: AnyRoute, shared: SharedSchemas): Json[] {
  const inPath = pathFields(path)
  const required = (fields.required ?? []) as readonly string[]
  return Object.entries(fields.properties as Record<string, TSchema>).map(([name, schema]) => ({
    name,
    in: inPath.includes(name) ? 'path' : 'query',
    required: required.includes(name),
    schema: shared.inline(schema),
  }))
}

function bodyOf(body: NonNullable<AnyRoute['body']>, shared: SharedSchemas): Json {
  const content =
    body.kind === 'json'
      ? { 'application/json': { schema: shared.inline(body.schema) } }
      : { [body.mediaType]: { schema: { type: 'string', format: 'binary', maxLength: body.bytesMax } } }
  return { required: true, content }
}

function answerOf({ answer }: AnyRoute, shared: SharedSchemas): Json {
  const { description, mediaType, schema } = contentOf(answer, shared)
  return { description, content: { [mediaType]: { schema } } }
}

function contentOf(
  answer: Answer,
  shared: SharedSchemas,
): { readonly description: string; readonly mediaType: string; readonly schema: Json } {
  if (answer.kind === 'json') {
    const properties = { ok: { const: true }, data: shared.inline(answer.schema) }
    const schema = { type: 'object', required: ['ok', 'data'], properties }
    return { description: 'As asked.', mediaType: answer.mediaType, schema }
  }
  if (answer.kind === 'lines') {
    const schema = shared.inline(answer.schema)
    return { description: 'An object of this schema on each line.', mediaType: answer.mediaType, schema }
  }
  if (answer.kind === 'events') {
    const schema = { oneOf: Object.values(answer.schemas).map(each => shared.inline(each)) }
    const names = Object.keys(answer.schemas).join(', ')
    return {
      description: `Events ${names}; each one's data has the schema in its place.`,
      mediaType: answer.mediaType,
      schema,
    }
  }
  const { kind, mediaType } = answer
  if (kind === 'text') return { description: 'A text.', mediaType, schema: { type: 'string' } }
  return { description: 'Bytes.', mediaType, schema: { type: 'string', format: 'binary' } }
}

/** By status, with the codes that it may stand for. */
function refusalsOf({ refusals, body, access, early }: AnyRoute): Json {
  const codes = [...anywhere, ...(body === undefined ? [] : ofBodies), ...refusals]
  if (early === undefined) codes.push('not-ready')
  if (access === 'token') codes.push('unauthorized')
  const byStatus = Map.groupBy(codes, code => statuses[code] ?? 422)
  return Object.fromEntries(
    Array.from(byStatus, ([status, all]) => [
      status,
      {
        description: `${STATUS_CODES[status]}: ${all.map(code => `\`${code}\``).join(', ')}`,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Refusal' } } },
      },
    ]),
  )
}

/** Schemas that name themselves stand among the components, since a document has one place for names. */
class SharedSchemas {
  readonly all: Record<string, Json> = {}

  inline(schema: TSchema): Json {
    return this.#moved(JSON.parse(JSON.stringify(schema))) as Json
  }

  #moved(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(item => this.#moved(item))
    if (typeof value !== 'object' || value === null) return value
    const { $defs, $id: _, $ref, ...rest } = value as Json
    for (const [name, schema] of Object.entries(($defs ?? {}) as Json)) this.all[name] = this.#moved(schema) as Json
    const moved = Object.fromEntries(Object.entries(rest).map(([name, item]) => [name, this.#moved(item)]))
    return $ref === undefined ? moved : { ...moved, $ref: `#/components/schemas/${$ref}` }
  }
}
