import { Ajv2020 } from 'ajv/dist/2020.js'
import * as assert from 'uvu/assert'
import { openApiText } from '../../../src/api/openapi.ts'
import { routes } from '../../../src/api/routes/index.ts'
import { suite } from '../../harness.ts'

const test = suite('openapi')

interface Operation {
  readonly operationId: string
  readonly parameters: readonly {
    readonly name: string
    readonly in: string
    readonly required: boolean
    readonly schema: object
  }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> }
  readonly responses: Readonly<
    Record<
      string,
      { readonly description: string; readonly content: Readonly<Record<string, { readonly schema: object }>> }
    >
  >
}

interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

const document = JSON.parse(openApiText(routes)) as Document
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)

test('every route is in it, once, and nothing else', () => {
  const declared = routes.map(({ method, path }) => `${method} ${path}`).sort()
  assert.equal(operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`).sort(), declared)
  assert.is(new Set(operations.map(({ operation }) => operation.operationId)).size, routes.length)
  assert.match(document.openapi, /^3\.1\./)
})

test('every parameter of a path is declared as one, and is required', () => {
  for (const { path, operation } of operations) {
    const inPath = operation.parameters.filter(parameter => parameter.in === 'path')
    assert.equal(
      inPath.map(({ name }) => name).sort(),
      [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort(),
      path,
    )
    assert.ok(
      inPath.every(({ required }) => required),
      path,
    )
  }
})

test('what a node that joined later refuses is told where epochs are asked for', () => {
  for (const [asked, code] of [
    ['/v1/payouts', 'not-found'],
    ['/v1/epochs/{epoch}', 'not-found'],
    ['/v1/export/{what}', 'not-kept'],
    ['/v1/car', 'not-kept'],
    ['/v1/explain/{account}', 'not-kept'],
  ]) {
    const told = operations.find(({ path }) => path === asked)!.operation.responses[404]?.description
    assert.ok(told?.includes(`\`${code}\``), `${asked}: ${told}`)
  }
})

test('every schema in it is one of JSON Schema 2020-12, and every reference leads somewhere', () => {
  // An annotation of OpenAPI's for bytes, which no validator knows.
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, formats: { binary: true }, keywords: ['components'] })
  ajv.addSchema({ $id: 'document', components: document.components }, 'document', false, false)
  const check = (schema: object, where: string) => {
    const whole = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/'))
    try {
      ajv.compile(whole)
    } catch (error) {
      assert.unreachable(`${where}: ${(error as Error).message}`)
    }
  }
  for (const { path, operation } of operations) {
    for (const { name, schema } of operation.parameters) check(schema, `${path} ${name}`)
    const contents = [
      ...Object.values(operation.responses).map(({ content }) => content),
      operation.requestBody?.content ?? {},
    ]
    for (const content of contents) for (const { schema } of Object.values(content)) check(schema, path)
  }
})
