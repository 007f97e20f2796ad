import type { RefKey } from '../ref.ts'

/** F3: bound on what a model or agent may name. */
export const reachMax = 1024

const freeEntries = 2 * reachMax
const bytesPerEntry = 16

/**
 * F3: what the models and agents of one author in one epoch take over from their bases. A record of a hundred bytes takes over up to
 * 36 KiB of state, so it isn't free: there is room for a few, and for one entry more for each 16 bytes of the author's batches.
 */
export class InheritedReach {
  #left: number

  constructor(partBytes: number) {
    this.#left = freeEntries + Math.floor(partBytes / bytesPerEntry)
  }

  /** What all these reach together; undefined where that is too much. What was looked at in vain is used up as well. */
  take(reaches: readonly (readonly RefKey[])[]): Set<RefKey> | undefined {
    const room = Math.min(reachMax, this.#left)
    const inherited = new Set<RefKey>()
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
