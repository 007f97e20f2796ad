import { type ByteKey, toKey } from '../../consensus/bytes.ts'
import type { Database, StoreOp } from './database.ts'
import { afterPrefix } from './keys.ts'

/** Changed cells or pages; `null` deletes. */
export type Changes = Iterable<readonly [key: ByteKey, value: Uint8Array | null]>

/** Values under keys that the ledger makes: the cells of the state, the pages of its tree. */
export class Cells {
  readonly #database: Database
  readonly #storeKey: (key: ByteKey) => Uint8Array

  constructor(database: Database, storeKey: (key: ByteKey) => Uint8Array) {
    this.#database = database
    this.#storeKey = storeKey
  }

  get(key: ByteKey): Uint8Array | undefined {
    return this.#database.get(this.#storeKey(key))
  }

  /** Read off the event loop. */
  getMany(keys: readonly ByteKey[]): Promise<(Uint8Array | undefined)[]> {
    return this.#database.getMany(keys.map(this.#storeKey))
  }

  /** All whose key begins with `prefix`, in key order, as of the moment of the first read. */
  async *scan(prefix: ByteKey = ''): AsyncGenerator<[key: ByteKey, value: Uint8Array]> {
    const from = this.#storeKey(prefix)
    for await (const [key, value] of this.#database.entries({ from, to: afterPrefix(from) })) {
      yield [toKey(key.subarray(1)), value]
    }
  }

  async clear(): Promise<void> {
    const from = this.#storeKey('')
    await this.#database.clear({ from, to: afterPrefix(from) })
  }

  ops(changes: Changes): StoreOp[] {
    return Array.from(changes, ([key, value]) => ({ key: this.#storeKey(key), value }))
  }
}
