import { Cid } from '../cid.ts'
import { MalformedError } from '../errors.ts'
import type { Value, ValueMap } from './value.ts'

/** Takes decoded values apart. Each function throws MalformedError with the field's name. */

/** A map with exactly these keys, and any of the optional ones. */
export function mapOf(
  value: Value | undefined,
  field: string,
  keys: readonly string[],
  optional: readonly string[] = [],
): ValueMap {
  if (!isMap(value)) throw new MalformedError(field, 'a map', value)
  const map = value
  for (const key of keys) if (map[key] === undefined) throw new MalformedError(`${field}.${key}`, 'a value', undefined)
  for (const key of Object.keys(map)) {
    if (!keys.includes(key) && !optional.includes(key))
      throw new MalformedError(`${field}.${key}`, 'no such field', map[key])
  }
  return map
}

export function isMap(value: Value | undefined): value is ValueMap {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject && !(value instanceof Uint8Array) && !(value instanceof Cid)
}

export function listOf(value: Value | undefined, field: string, countMax = Number.MAX_SAFE_INTEGER): readonly Value[] {
  if (!Array.isArray(value)) throw new MalformedError(field, 'a list', value)
  if (value.length > countMax) throw new MalformedError(field, `a list of at most ${countMax}`, value)
  return value
}

/** A list of exactly `count` items. */
export function tupleOf(value: Value | undefined, field: string, count: number): readonly Value[] {
  const items = listOf(value, field)
  if (items.length !== count) throw new MalformedError(field, `a list of ${count}`, value)
  return items
}

export function integerOf(value: Value | undefined, field: string, min: number, max: number): number {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    throw new MalformedError(field, `an integer from ${min} to ${max}`, value)
  }
  return value as number
}

/** Bytes; of exactly `length`, where given. */
export function bytesOf(value: Value | undefined, field: string, length?: number): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new MalformedError(field, 'bytes', value)
  if (length !== undefined && value.length !== length) throw new MalformedError(field, `${length} bytes`, value)
  return value
}

export function bytesUpTo(value: Value | undefined, field: string, lengthMax: number): Uint8Array {
  const bytes = bytesOf(value, field)
  if (bytes.length > lengthMax) throw new MalformedError(field, `at most ${lengthMax} bytes`, value)
  return bytes
}

export function naturalOf(value: Value | undefined, field: string): number {
  return integerOf(value, field, 0, Number.MAX_SAFE_INTEGER)
}

export function textOf(value: Value | undefined, field: string, charsMax: number): string {
  if (typeof value === 'string' && value.length <= charsMax) return value
  throw new MalformedError(field, `text of at most ${charsMax} chars`, value)
}

export function oneOf<T extends string>(value: Value | undefined, field: string, names: readonly T[]): T {
  const found = names.find(name => name === value)
  if (found === undefined) throw new MalformedError(field, names.join(' or '), value)
  return found
}

export function cidOf(value: Value | undefined, field: string): Cid {
  if (!(value instanceof Cid)) throw new MalformedError(field, 'a CID', value)
  return value
}

/** The CID of a DAG-CBOR block, 36 bytes. */
export function blockCidOf(value: Value | undefined, field: string): Cid {
  if (!(value instanceof Cid) || !value.isDagCbor) throw new MalformedError(field, 'the CID of a DAG-CBOR block', value)
  return value
}
