import type { Amount } from '../amount.ts'
import type { ByteKey } from '../bytes.ts'
import { InvariantError } from '../errors.ts'
import type { RefKey } from '../ref.ts'
import { type AssetCell, assetCellKey, assetCodec } from './cells/asset.ts'
import { type CellCodec, encodeCell } from './cells/cell.ts'
import { type DueKind, dueCellKey, dueMark } from './cells/due.ts'
import type { OpeningState } from './opening-state.ts'

/** Changed cells of an epoch: their new bytes, or null where they end. */
export type StateChanges = ReadonlyMap<ByteKey, Uint8Array | null>

/** The state after the epoch: the opening and what changed, with the money that moved in or out of cells (E2). */
export class ClosingState {
  readonly #opening: OpeningState
  readonly #changes = new Map<ByteKey, Uint8Array | null>()
  readonly #assets = new Map<RefKey, AssetCell>()
  #moved: Amount = 0

  constructor(opening: OpeningState) {
    this.#opening = opening
  }

  get changes(): StateChanges {
    return this.#changes
  }

  asset(ref: RefKey): AssetCell | undefined {
    return this.#assets.get(ref) ?? this.#opening.asset(ref)
  }

  putAsset(ref: RefKey, cell: AssetCell): void {
    this.#assets.set(ref, cell)
    this.put(assetCodec, assetCellKey(ref), undefined, cell)
  }

  /** Replaces a cell once; `before` is what stood there at the opening, `after` undefined ends it. */
  put<T>(codec: CellCodec<T>, key: ByteKey, before: T | undefined, after: T | undefined): void {
    this.#set(key, after === undefined ? null : encodeCell(codec, after))
    this.#moved += (after === undefined ? 0 : codec.money(after)) - (before === undefined ? 0 : codec.money(before))
  }

  putDue(epoch: number, kind: DueKind, ref: RefKey): void {
    this.#set(dueCellKey(epoch, kind, ref), dueMark)
  }

  dropDue(epoch: number, kind: DueKind, ref: RefKey): void {
    this.#set(dueCellKey(epoch, kind, ref), null)
  }

  #set(key: ByteKey, bytes: Uint8Array | null): void {
    // E1: cells have one owner, so two writers in one epoch are a bug that would hide money.
    if (this.#changes.has(key))
      throw new InvariantError('E1', 'a cell written twice in one epoch', { cell: key.slice(0, 1) })
    this.#changes.set(key, bytes)
  }

  /** E2: money only moved between cells, but for what a parameter burns. */
  assertConserved(burned: Amount): void {
    if (this.#moved !== -burned)
      throw new InvariantError('E2', 'money appeared or vanished', { moved: this.#moved, burned })
  }
}
