import { type ByteKey, toKey } from '../../consensus/bytes.ts'
import type { Database, KeyRange, StoreOp } from './database.ts'
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

  /** All whose key begins with `prefix`, in key order, as of the moment of the first read; from beyond the key `after` on. */
  async *scan(prefix: ByteKey = '', after?: ByteKey): AsyncGenerator<[key: ByteKey, value: Uint8Array]> {
    const range = scanRange(this.#storeKey, prefix, after)
    for await (const [key, value] of this.#database.entries(range)) {
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

/** Keys that begin with `prefix`, beyond `after`: the next key after one is the same with a zero behind it. */
export function scanRange(
  storeKey: (key: ByteKey) => Uint8Array,
  prefix: ByteKey,
  after: ByteKey | undefined,
): KeyRange {
  return { from: storeKey(after === undefined ? prefix : `${after}\0`), to: afterPrefix(storeKey(prefix)) }
}
