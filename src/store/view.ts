import { type ByteKey, toKey } from '../../consensus/bytes.ts'
import { InvariantError } from '../../consensus/errors.ts'
import type { ListedKeys } from '../../consensus/ledger/listed-keys.ts'
import type { StateSource } from '../../consensus/ledger/state-source.ts'
import type { PageSource } from '../../consensus/merkle/state-page.ts'
import { scanRange } from './cells.ts'
import type { Database, Snapshot } from './database.ts'
import { decodeHead, type Head } from './head.ts'
import { afterPrefix, metaKey, pageKey, stateKey } from './keys.ts'

/**
 * The store as it stands at one moment, for an execution in a thread of its own: nothing that is written later shows.
 * LevelDB reads single keys synchronously, but lists of keys do not; so the prefixes that the execution will ask for are read ahead.
 */
export class View {
  readonly head: Head | undefined
  readonly state: StateSource
  readonly pages: PageSource
  readonly #database: Database
  readonly #snapshot: Snapshot

  private constructor(database: Database, snapshot: Snapshot, keys: ReadonlyMap<ByteKey, readonly ByteKey[]>) {
    const head = database.get(metaKey('head'), snapshot)
    this.head = head && decodeHead(head)
    this.state = {
      get: key => database.get(stateKey(key), snapshot),
      keysFrom: prefix => keys.get(prefix) ?? notReadAhead(prefix),
    }
    this.pages = { get: key => database.get(pageKey(key), snapshot) }
    this.#database = database
    this.#snapshot = snapshot
  }

  static async open(database: Database, { whole = [], first }: Partial<ListedKeys>): Promise<View> {
    const snapshot = database.snapshot()
    try {
      const keys = new Map<ByteKey, ByteKey[]>()
      for (const prefix of whole) keys.set(prefix, await readKeys(database, snapshot, stateKey(prefix)))
      let room = first?.countMax ?? 0
      for (const prefix of first?.prefixes ?? []) {
        if (room === 0) break
        const found = await readKeys(database, snapshot, stateKey(prefix), room)
        keys.set(prefix, found)
        room -= found.length
      }
      return new View(database, snapshot, keys)
    } catch (error) {
      await snapshot.close()
      throw error
    }
  }

  /** Cells whose key begins with `prefix`, in key order; from beyond the key `after` on. */
  async *cells(prefix: ByteKey, after?: ByteKey): AsyncGenerator<[key: ByteKey, value: Uint8Array]> {
    const range = scanRange(stateKey, prefix, after)
    for await (const [key, value] of this.#database.entries(range, this.#snapshot)) {
      yield [toKey(key.subarray(1)), value]
    }
  }

  /** Everything, whatever it is, in key order. */
  entries(): AsyncGenerator<[key: Uint8Array, value: Uint8Array]> {
    return this.#database.entries({ from: new Uint8Array(0), to: Uint8Array.of(0xff) }, this.#snapshot)
  }

  /** Frees what later writes made obsolete; the store closes open views as well. */
  close(): Promise<void> {
    return this.#snapshot.close()
  }
}

async function readKeys(
  database: Database,
  snapshot: Snapshot,
  from: Uint8Array,
  countMax = Number.MAX_SAFE_INTEGER,
): Promise<ByteKey[]> {
  const keys: ByteKey[] = []
  for await (const [key] of database.entries({ from, to: afterPrefix(from) }, snapshot)) {
    if (keys.length === countMax) break
    keys.push(toKey(key.subarray(1)))
  }
  return keys
}

function notReadAhead(prefix: ByteKey): never {
  throw new InvariantError('T2', 'an execution lists keys that were not read ahead', { prefix })
}
