import type { Value } from '../cbor/value.ts'
import { MalformedError } from '../errors.ts'
import { leafCountMax, levelsMax, type TreeLayout } from './tree-layout.ts'

/** A list of exactly `length` items. */
export function parseItems(value: Value, length: number, field: string): readonly Value[] {
  if (!Array.isArray(value) || value.length !== length) throw new MalformedError(field, `a list of ${length}`, value)
  return value
}

export function parseBytes(value: Value | undefined, length: number, field: string): Uint8Array {
  const bytes = parseSpan(value, field)
  if (bytes.length !== length) throw new MalformedError(field, `${length} bytes`, value)
  return bytes
}

/** Bytes of any length. */
export function parseSpan(value: Value | undefined, field: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new MalformedError(field, 'bytes', value)
  return value
}

/** An integer from 0 to `max`. */
export function parseCount(value: Value | undefined, max: number, field: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) {
    throw new MalformedError(field, `an integer from 0 to ${max}`, value)
  }
  return value
}

/** `index, count, siblings` of a path; the siblings' number is bounded, whether it fits the position is the verifier's. */
export function parsePath(
  { labelLength }: TreeLayout,
  index: Value | undefined,
  count: Value | undefined,
  siblings: Value | undefined,
  field: string,
): { index: number; count: number; siblings: Uint8Array } {
  const labels = parseSpan(siblings, `${field}.siblings`)
  if (labels.length % labelLength !== 0 || labels.length > levelsMax * labelLength) {
    throw new MalformedError(`${field}.siblings`, `at most ${levelsMax} labels of ${labelLength} bytes`, siblings)
  }
  return {
    index: parseCount(index, leafCountMax, `${field}.index`),
    count: parseCount(count, leafCountMax, `${field}.count`),
    siblings: labels,
  }
}
