import { type ByteKey, equalBytes } from '../bytes.ts'
import type { Cid } from '../cid.ts'
import { type RefKey, refKey } from '../ref.ts'

/**
 * Refs as keys, the same one always as the same string. An epoch names a model, a session and its assets millions of times:
 * strings that are kept for each would fill the memory, and each lookup by a new string hashes and compares it anew.
 */
export class SpelledRefs {
  /** By the batch's digest, then by index: what is known is found without being spelled. */
  readonly #known = new Map<ByteKey, Map<number, RefKey>>()

  spell(batch: Cid, index: number): RefKey {
    let ofBatch = this.#known.get(batch.digestKey)
    if (ofBatch === undefined) {
      ofBatch = new Map()
      this.#known.set(batch.digestKey, ofBatch)
    }
    const known = ofBatch.get(index)
    if (known !== undefined) return known
    const key = refKey(batch, index)
    ofBatch.set(index, key)
    return key
  }
}

/** What stands in one field of record after record is mostly the same ref: then it isn't even spelled. */
export class RecurringRef {
  readonly #refs: SpelledRefs
  #batch: Cid | undefined
  #index = 0
  #key: RefKey = ''

  constructor(refs: SpelledRefs) {
    this.#refs = refs
  }

  spell(batch: Cid, index: number): RefKey {
    if (this.#batch === undefined || index !== this.#index || !equalBytes(batch.bytes, this.#batch.bytes)) {
      this.#key = this.#refs.spell(batch, index)
      this.#batch = batch
      this.#index = index
    }
    return this.#key
  }
}
