import { MalformedError } from '../../consensus/errors.ts'

export type Query = Readonly<Record<string, unknown>>

/** A decimal integer without sign; throws MalformedError. */
export function parseCount(value: unknown, field: string, max = Number.MAX_SAFE_INTEGER): number {
  const count = typeof value === 'string' && /^(0|[1-9]\d{0,15})$/.test(value) ? Number(value) : Number.NaN
  if (!(count <= max)) throw new MalformedError(field, `an integer from 0 to ${max}`, value)
  return count
}

/** Undefined where the query doesn't say. */
export function queryCount(query: Query, field: string, max?: number): number | undefined {
  return query[field] === undefined ? undefined : parseCount(query[field], field, max)
}

/** A parameter that a route doesn't know is a question that it wouldn't answer. */
export function refuseUnknown(query: Query, known: readonly string[]): void {
  for (const field of Object.keys(query)) {
    if (!known.includes(field))
      throw new MalformedError(field, known.length > 0 ? `one of ${known.join(', ')}` : 'no query', query[field])
  }
}
