import type { Database, StoreOp } from './database.ts'
import { type MetaName, metaKey } from './keys.ts'

/** One value, replaced as a whole. */
export class Slot {
  readonly #database: Database
  readonly #key: Uint8Array

  constructor(database: Database, name: MetaName) {
    this.#database = database
    this.#key = metaKey(name)
  }

  get(): Uint8Array | undefined {
    return this.#database.get(this.#key)
  }

  /** With `sync`, on the disk when it returns. `null` empties the slot. */
  put(value: Uint8Array | null, { sync }: { sync: boolean }): Promise<void> {
    return this.#database.write([this.op(value)], sync)
  }

  /** To be written together with others. */
  op(value: Uint8Array | null): StoreOp {
    return { key: this.#key, value }
  }
}
