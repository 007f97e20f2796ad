import type { Value, ValueMap } from '../consensus/cbor/value.ts'
import { Cid } from '../consensus/cid.ts'
import { MalformedError } from '../consensus/errors.ts'

/** The map's entries must be exactly `required` and any of `optional`. */
export function mapWith(
  value: Value,
  field: string,
  required: readonly string[],
  optional: readonly string[] = [],
): ValueMap {
  if (!isMap(value)) throw new MalformedError(field, 'a map', value)
  for (const name of required)
    if (value[name] === undefined) throw new MalformedError(`${field}.${name}`, 'a value', undefined)
  for (const name of Object.keys(value)) {
    if (!required.includes(name) && !optional.includes(name))
      throw new MalformedError(`${field}.${name}`, 'no such entry', value[name])
  }
  return value
}

export function isMap(value: Value): value is ValueMap {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Cid)
  )
}

export function listOf(value: Value | undefined, field: string, itemsMax: number): readonly Value[] {
  if (!Array.isArray(value) || value.length > itemsMax)
    throw new MalformedError(field, `a list of at most ${itemsMax}`, value)
  return value
}

export function naturalOf(value: Value | undefined, field: string, max = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== 'number' || value < 0 || value > max)
    throw new MalformedError(field, `an integer from 0 to ${max}`, value)
  return value
}

export function textOf(value: Value | undefined, field: string, charsMax: number): string {
  if (typeof value !== 'string' || value.length > charsMax)
    throw new MalformedError(field, `text of at most ${charsMax} chars`, value)
  return value
}

export function oneOf<T extends string>(value: Value | undefined, field: string, names: readonly T[]): T {
  const found = names.find(name => name === value)
  if (found === undefined) throw new MalformedError(field, names.join(' or '), value)
  return found
}

export function bytesOf(value: Value | undefined, field: string, lengthMax: number): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length > lengthMax)
    throw new MalformedError(field, `at most ${lengthMax} bytes`, value)
  return value
}

export function bytesExactly(value: Value | undefined, field: string, length: number): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== length)
    throw new MalformedError(field, `${length} bytes`, value)
  return value
}

export function linkOf(value: Value | undefined, field: string): Cid {
  if (!(value instanceof Cid)) throw new MalformedError(field, 'a link', value)
  return value
}
