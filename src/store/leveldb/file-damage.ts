/** What is wrong in a file, where, and with which entries as far as they can be read. */
export interface FileDamage {
  /** Offset in the file, in bytes. */
  readonly at: number
  readonly problem: string
  readonly entries: readonly StoredEntry[]
}

export interface StoredEntry {
  readonly key: Uint8Array
  readonly sealed: Uint8Array
}
