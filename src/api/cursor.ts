import { MalformedError } from '../../consensus/errors.ts'

/** Where a list goes on: what identifies the last item, in the list's order. */
export type Place = readonly (string | number)[]

const cursorCharsMax = 512

/** Opaque to who holds it: what stands in it may change with any version. */
export function cursorText(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

/** The place in a cursor that this list made. Throws MalformedError. */
export function cursorPlace<const Form extends readonly ('text' | 'count')[]>(
  cursor: string | undefined,
  form: Form,
): { [K in keyof Form]: Form[K] extends 'text' ? string : number } | undefined {
  if (cursor === undefined) return undefined
  const place = parse(cursor)
  const fits = (kind: 'text' | 'count', value: unknown) =>
    kind === 'text'
      ? typeof value === 'string' && isBytes(value)
      : Number.isSafeInteger(value) && (value as number) >= 0
  if (Array.isArray(place) && place.length === form.length && form.every((kind, i) => fits(kind, place[i])))
    return place as never
  throw new MalformedError('cursor', 'what stood under "next" in the same list', cursor)
}

/** A key: each character is a byte. */
function isBytes(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 255) return false
  return true
}

function parse(cursor: string): unknown {
  if (cursor.length > cursorCharsMax) return undefined
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
