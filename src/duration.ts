import { MalformedError } from '../consensus/errors.ts'

const units = { ms: 1, s: 1000, m: 60_000 }

/** `2s`, `500ms`, `1m`: milliseconds. Throws MalformedError. */
export function parseDuration(text: string, field = 'duration'): number {
  const match = /^(\d{1,7}(?:\.\d{1,3})?)(ms|s|m)$/.exec(text)
  const ms = match === null ? Number.NaN : Number(match[1]) * units[match[2] as keyof typeof units]
  if (!Number.isInteger(ms)) throw new MalformedError(field, 'a time like 500ms, 2s or 1m', text)
  return ms
}
