import { InvariantError } from '../errors.ts'
import type { RefKey } from '../ref.ts'
import type { AssetCell, ReachList } from './cells/asset.ts'
import { Generations } from './generations.ts'
import { OpeningReaches } from './opening-reaches.ts'

/** In entries of lists: some hundred bytes each. A cell without any counts for some. */
const heldEntriesMax = 2 ** 22
const entriesOfCell = 4

/**
 * E1: the assets, models and agents of the opening, decoded once as long as there is room: forty bytes of a record can ask for one that
 * takes kilobytes, and a cut has room for half a million records. Beyond that the ones last asked for are held, and the others read again.
 */
export class OpeningAssets {
  readonly #read: (ref: RefKey) => AssetCell | undefined
  readonly #cells: Generations<RefKey, AssetCell | null>
  readonly #reaches: OpeningReaches

  constructor(read: (ref: RefKey) => AssetCell | undefined, heldMax = heldEntriesMax) {
    this.#read = read
    this.#cells = new Generations(heldMax, entriesOf)
    this.#reaches = new OpeningReaches(ref => this.#readReach(ref))
  }

  /** Entries in memory, without what models reach. */
  get held(): number {
    return this.#cells.weight
  }

  get(ref: RefKey): AssetCell | undefined {
    const held = this.#cells.get(ref)
    if (held !== undefined) return held ?? undefined
    const cell = this.#read(ref)
    const kept = cell !== undefined && 'reach' in cell ? { ...cell, reach: this.#reaches.keep(ref, cell.reach) } : cell
    this.#cells.set(ref, kept ?? null)
    return kept
  }

  #readReach(ref: RefKey): ReachList {
    const cell = this.#read(ref)
    if (cell === undefined || !('reach' in cell)) throw new InvariantError('E1', 'the opening state lost a model')
    return cell.reach
  }
}

function entriesOf(cell: AssetCell | null): number {
  if (cell === null) return entriesOfCell
  switch (cell.kind) {
    case 'datanet':
      return entriesOfCell + cell.reviewers.length
    case 'contribution':
      return entriesOfCell
    case 'refinement':
      return entriesOfCell + cell.origins.length + cell.parents.length
    default:
      return entriesOfCell + cell.bases.length + cell.data.length
  }
}
