import { LedgerError, type MalformedError } from '../../consensus/errors.ts'

/** Where a line stands. */
export interface Place {
  readonly file: string
  /** From 1. */
  readonly line: number
}

/** A wrong line of a scenario: where it stands, which field, what was expected there and what came. */
export class ScenarioError extends LedgerError {
  constructor({ file, line }: Place, malformed: MalformedError) {
    const { expected, got } = malformed.facts
    // A rule between fields names the record itself by an empty field.
    const field = malformed.field.replace(/^\./, '')
    super(
      'scenario',
      `${file}:${line}: ${field}: expected ${expected}, got ${got}`,
      { file, line, field, expected, got },
      'correct that line and run again; nothing was submitted',
    )
  }
}
