import type { RefKey } from '../ref.ts'
import type { ReachList } from './cells/asset.ts'
import { Generations } from './generations.ts'

/** Entries held at a time; some 70 bytes each. */
const heldEntriesMax = 2 ** 20

/**
 * What the models and agents of the opening reach. Forty bytes of a record can ask for any of them, and one may take 66 KiB of
 * memory: only those last asked for are held, the others are read again. The opening doesn't change, so no result does either.
 */
export class OpeningReaches {
  readonly #read: (model: RefKey) => ReachList
  readonly #held: Generations<RefKey, ReachList>

  constructor(read: (model: RefKey) => ReachList, heldMax = heldEntriesMax) {
    this.#read = read
    this.#held = new Generations(heldMax, ({ length }) => length)
  }

  /** Entries in memory. */
  get held(): number {
    return this.#held.weight
  }

  /** What a cell that was just read can hold in the place of its reach. */
  keep(model: RefKey, reach: ReachList): ReachList {
    if (reach.length === 0) return reach
    this.#held.set(model, reach)
    return { length: reach.length, [Symbol.iterator]: () => this.#reachOf(model)[Symbol.iterator]() }
  }

  #reachOf(model: RefKey): ReachList {
    const held = this.#held.get(model)
    if (held !== undefined) return held
    const reach = this.#read(model)
    this.#held.set(model, reach)
    return reach
  }
}
