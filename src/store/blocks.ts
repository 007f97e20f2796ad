import { Cid } from '../../consensus/cid.ts'
import { nativeCrypto } from '../crypto/native.ts'
import type { Database, StoreOp } from './database.ts'
import { blockKey } from './keys.ts'

/** The blocks that a checkpoint names and that travel beside it: validator sets and parameters. */
export class Blocks {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  get(block: Cid): Uint8Array | undefined {
    return this.#database.get(blockKey(block))
  }
}

export function blockOp(bytes: Uint8Array): StoreOp {
  return { key: blockKey(Cid.of(nativeCrypto, bytes)), value: bytes }
}
