import type { RefKey } from '../ref.ts'
import type { ReachList } from './cells/asset.ts'

/** F3: bound on what a model or agent may name. */
export const reachMax = 1024

/** Authors cost nothing, and a cut has room for 20,000: what each has free, all of them have together. */
const freeEntries = 64
const bytesPerEntry = 16

/**
 * F3: what the models and agents of one author in one epoch take over from their bases. A record of a hundred bytes takes over up to
 * 36 KiB of state, so it isn't free: there is room for one usual model, and for one entry more for each 16 bytes of the author's
 * batches.
 */
export class InheritedReach {
  #left: number

  constructor(partBytes: number) {
    this.#left = freeEntries + Math.floor(partBytes / bytesPerEntry)
  }

  /** What all these reach together; undefined where that is too much. What was looked at in vain is used up as well. */
  take(reaches: readonly ReachList[]): Set<RefKey> | undefined {
    const room = Math.min(reachMax, this.#left)
    const inherited = new Set<RefKey>()
    // What is too long by itself needn't be read: nobody pays for the reading.
    if (reaches.some(({ length }) => length > room)) {
      this.#left -= room
      return undefined
    }
    for (const reach of reaches) {
      for (const entry of reach) {
        if (inherited.size === room && !inherited.has(entry)) {
          this.#left -= room
          return undefined
        }
        inherited.add(entry)
      }
    }
    this.#left -= inherited.size
    return inherited
  }
}
