import type { RefKey } from '../ref.ts'
import type { ReachList } from './cells/asset.ts'

/** Entries held at a time; some 70 bytes each. */
const heldEntriesMax = 2 ** 20

/**
 * What the models and agents of the opening reach. Forty bytes of a record can ask for any of them, and one may take 66 KiB of
 * memory: only those last asked for are held, the others are read again. The opening doesn't change, so no result does either.
 */
export class OpeningReaches {
  readonly #read: (model: RefKey) => ReachList
  readonly #generationMax: number
  /** Two generations stand for the order of use: what is asked for again is young again, the old ones go all at once. */
  #young = new Map<RefKey, ReachList>()
  #old = new Map<RefKey, ReachList>()
  #youngEntries = 0
  #oldEntries = 0

  constructor(read: (model: RefKey) => ReachList, heldMax = heldEntriesMax) {
    this.#read = read
    this.#generationMax = Math.floor(heldMax / 2)
  }

  /** Entries in memory. */
  get held(): number {
    return this.#youngEntries + this.#oldEntries
  }

  /** What a cell that was just read can hold in the place of its reach. */
  keep(model: RefKey, reach: ReachList): ReachList {
    if (reach.length === 0) return reach
    this.#hold(model, reach)
    return { length: reach.length, [Symbol.iterator]: () => this.#reachOf(model)[Symbol.iterator]() }
  }

  #reachOf(model: RefKey): ReachList {
    const young = this.#young.get(model)
    if (young !== undefined) return young
    const reach = this.#old.get(model) ?? this.#read(model)
    this.#hold(model, reach)
    return reach
  }

  #hold(model: RefKey, reach: ReachList): void {
    if (this.#youngEntries + reach.length > this.#generationMax) {
      this.#old = this.#young
      this.#oldEntries = this.#youngEntries
      this.#young = new Map()
      this.#youngEntries = 0
    }
    this.#young.set(model, reach)
    this.#youngEntries += reach.length
  }
}
