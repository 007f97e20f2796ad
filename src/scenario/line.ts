import { MalformedError } from '../../consensus/errors.ts'
import { type Place, ScenarioError } from './scenario-error.ts'

export interface ScenarioFile {
  readonly name: string
  readonly text: string
}

export type LineFields = Readonly<Record<string, unknown>>

/** The lines of several files read as one, in order. Blank ones are passed over but counted. */
export function* linesOf(files: readonly ScenarioFile[]): Generator<[Place, LineFields]> {
  for (const file of files) {
    let line = 0
    for (const text of file.text.split('\n')) {
      line++
      const trimmed = text.trim()
      if (trimmed === '') continue
      const place = { file: file.name, line }
      yield [place, atPlace(place, () => parseLine(trimmed))]
    }
  }
}

function parseLine(text: string): LineFields {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new MalformedError('line', 'a JSON object', text)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new MalformedError('line', 'a JSON object', text)
  return value as LineFields
}

/** Says where, when what is read there turns out malformed. */
export function atPlace<T>(place: Place, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof MalformedError) throw new ScenarioError(place, error)
    throw error
  }
}
