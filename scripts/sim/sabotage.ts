/** One replacement in a source file; `from` stands there exactly once. */
export interface Edit {
  readonly file: string
  readonly from: string
  readonly to: string
}

/** A small damage to the engine that the simulator must notice. */
export interface Sabotage {
  readonly name: string
  readonly edits: readonly Edit[]
  /** The kind of trouble that shows it, where few seeds draw it. */
  readonly profile?: string
}
