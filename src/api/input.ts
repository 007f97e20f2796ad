import type { TObject, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { LedgerError, MalformedError } from '../../consensus/errors.ts'
import type { AnyRoute } from './route.ts'

type Fields = Readonly<Record<string, unknown>>

interface FieldCheck {
  readonly name: string
  readonly isOptional: boolean
  /** For people: what its schema lets through. */
  readonly expected: string
  readonly isNumber: boolean
  accepts(value: unknown): boolean
}

/** Reads what a request says, by the schemas of its route. */
export class InputReader {
  readonly #inPath: readonly FieldCheck[]
  readonly #inQuery: readonly FieldCheck[]
  readonly #inBody: readonly FieldCheck[]

  constructor({ path, fields, body }: AnyRoute) {
    const checks = checksOf(fields)
    const inPath = pathFields(path)
    this.#inPath = checks.filter(({ name }) => inPath.includes(name))
    this.#inQuery = checks.filter(({ name }) => !inPath.includes(name))
    this.#inBody = body?.kind === 'json' ? checksOf(body.schema) : []
  }

  /** All fields together; throws MalformedError for one that is missing, unknown or against its schema. */
  read(params: Fields, query: Fields, body: Uint8Array): Fields {
    const input: Record<string, unknown> = {}
    readFields(this.#inPath, params, fromText, input)
    refuseUnknown(this.#inQuery, query, 'no query')
    readFields(this.#inQuery, query, fromText, input)
    if (this.#inBody.length === 0) return input
    const sent = jsonObject(body)
    refuseUnknown(this.#inBody, sent, 'no fields')
    readFields(this.#inBody, sent, (_, value) => value, input)
    return input
  }
}

/** The names in braces. */
export function pathFields(path: string): string[] {
  return Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name!)
}

function checksOf({ properties, required }: TObject): FieldCheck[] {
  return Object.entries(properties).map(([name, schema]) => {
    const validator = Compile(schema)
    return {
      name,
      isOptional: !(required as readonly string[] | undefined)?.includes(name),
      expected: expectedOf(schema),
      isNumber: (schema as { type?: unknown }).type === 'integer',
      accepts: value => validator.Check(value),
    }
  })
}

function expectedOf(schema: TSchema): string {
  const {
    title,
    minimum,
    maximum,
    enum: words,
  } = schema as {
    readonly title?: string
    readonly minimum?: number
    readonly maximum?: number
    readonly enum?: readonly string[]
  }
  if (title !== undefined) return title
  if (words !== undefined) return words.join(', ')
  if (minimum !== undefined)
    return maximum === undefined ? `an integer from ${minimum}` : `an integer from ${minimum} to ${maximum}`
  throw new LedgerError('schema', 'a field of an input needs a title, words to choose from, or bounds', { schema })
}

function readFields(
  checks: readonly FieldCheck[],
  given: Fields,
  convert: (check: FieldCheck, value: unknown) => unknown,
  into: Record<string, unknown>,
): void {
  for (const check of checks) {
    const sent = Object.hasOwn(given, check.name) ? given[check.name] : undefined
    if (sent === undefined && check.isOptional) continue
    const value = convert(check, sent)
    if (!check.accepts(value)) throw new MalformedError(check.name, check.expected, sent)
    into[check.name] = value
  }
}

/** Path and query are text: a number is a decimal integer without sign, and nothing else. */
function fromText({ isNumber }: FieldCheck, value: unknown): unknown {
  return isNumber && typeof value === 'string' && /^(0|[1-9]\d{0,15})$/.test(value) ? Number(value) : value
}

/** A field that a route doesn't know is a question that it wouldn't answer. */
function refuseUnknown(checks: readonly FieldCheck[], given: Fields, nothing: string): void {
  for (const name of Object.keys(given)) {
    if (checks.some(check => check.name === name)) continue
    const known = checks.map(check => check.name).join(', ')
    throw new MalformedError(name, known === '' ? nothing : `no such field, only ${known}`, given[name])
  }
}

function jsonObject(body: Uint8Array): Fields {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    throw new MalformedError('body', 'JSON', body)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new MalformedError('body', 'an object', value)
  return value as Fields
}
