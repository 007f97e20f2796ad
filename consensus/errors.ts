/** Typed facts beside the message, so that a caller decides without reading prose. */
export type Facts = Readonly<Record<string, unknown>>

/** Base of every error the project throws on purpose. `code` is stable; the message is for people. */
export class LedgerError extends Error {
  readonly code: string
  readonly facts: Facts
  /** What the user can do next, if anything. */
  readonly next: string | undefined

  constructor(code: string, message: string, facts: Facts = {}, next?: string) {
    super(message)
    this.name = new.target.name
    this.code = code
    this.facts = facts
    this.next = next
  }
}

/** Bytes or values that break a rule by themselves (R4): names the field, what was expected and what came. */
export class MalformedError extends LedgerError {
  readonly field: string

  constructor(field: string, expected: string, got: unknown) {
    const shown = show(got)
    super('malformed', `${field}: expected ${expected}, got ${shown}`, { field, expected, got: shown })
    this.field = field
  }
}

/** A rule that no input may break was broken: a bug. The node stops rather than go on with wrong books. */
export class InvariantError extends LedgerError {
  constructor(rule: string, message: string, facts: Facts = {}) {
    super('invariant', `${rule}: ${message}`, { rule, ...facts })
  }
}

const shownCharsMax = 80

function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'a map'
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > shownCharsMax ? `${text.slice(0, shownCharsMax)}…` : text
}
