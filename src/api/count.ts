import { MalformedError } from '../../consensus/errors.ts'

/** A decimal integer without sign; throws MalformedError. */
export function parseCount(value: unknown, field: string, max = Number.MAX_SAFE_INTEGER): number {
  const count = typeof value === 'string' && /^(0|[1-9]\d{0,15})$/.test(value) ? Number(value) : Number.NaN
  if (!(count <= max)) throw new MalformedError(field, `an integer from 0 to ${max}`, value)
  return count
}
