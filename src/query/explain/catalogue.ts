import { type AssetCell, assetCellKey, assetCodec, heightOf } from '../../../consensus/ledger/cells/asset.ts'
import { decodeCell } from '../../../consensus/ledger/cells/cell.ts'
import type { FlowId } from '../../../consensus/ledger/flow/flow.ts'
import type { LedgerRecord } from '../../../consensus/records/registry.ts'
import { type RefKey, refFromKey, refKeyText } from '../../../consensus/ref.ts'
import type { Store } from '../../store/store.ts'
import { recordsOf } from '../final-batches.ts'

/** Agents stand above all models. */
const agentHeight = 1_000_000_000
const tailLength = 6

/** What refs stand for, in words. Answers are kept: the same refs recur. */
export class Catalogue {
  readonly #store: Store
  readonly #cells = new Map<RefKey, AssetCell | undefined>()
  readonly #labels = new Map<RefKey, string>()

  constructor(store: Store) {
    this.#store = store
  }

  asset(ref: RefKey): AssetCell | undefined {
    const known = this.#cells.get(ref)
    if (known !== undefined || this.#cells.has(ref)) return known
    const bytes = this.#store.state.get(assetCellKey(ref))
    const cell = bytes === undefined ? undefined : decodeCell(assetCodec, bytes)
    this.#cells.set(ref, cell)
    return cell
  }

  /** Money flows from higher to lower. */
  height(ref: RefKey): number {
    const cell = this.asset(ref)
    if (cell === undefined) return 0
    return heightOf(cell) + (cell.kind === 'agent' ? agentHeight : 0)
  }

  builtId(ref: RefKey): FlowId {
    return { kind: this.asset(ref)?.kind === 'agent' ? 'agent' : 'model', key: ref }
  }

  record(ref: RefKey): LedgerRecord | undefined {
    const [batch, index] = refFromKey(ref)
    return this.#store.batches.has(batch) ? recordsOf(this.#store, batch)[index] : undefined
  }

  /** Such as `model "helper"`, or `refinement …f3a1/4 in "shell help"` for what has no name. */
  label(ref: RefKey): string {
    let label = this.#labels.get(ref)
    if (label === undefined) {
      label = this.#describe(ref)
      this.#labels.set(ref, label)
    }
    return label
  }

  /** Its name alone, or the end of its ref where it has none. */
  name(ref: RefKey): string {
    const record = this.record(ref)
    return record !== undefined && 'name' in record ? printable(record.name) : short(ref)
  }

  #describe(ref: RefKey): string {
    const record = this.record(ref)
    if (record === undefined) return `record ${short(ref)}`
    if ('name' in record) return `${record.kind} "${printable(record.name)}"`
    const cell = this.asset(ref)
    const place = cell !== undefined && 'datanet' in cell ? ` in ${this.label(cell.datanet)}` : ''
    return `${record.kind} ${short(ref)}${place}`
  }
}

/** The end of a ref tells it apart as well as its beginning doesn't. */
export function short(ref: RefKey): string {
  const text = refKeyText(ref)
  return `…${text.slice(text.lastIndexOf('/') - tailLength)}`
}

/** A name is its author's: it may not move the cursor of whoever reads it. */
export function printable(name: string): string {
  return name.replace(/\p{C}/gu, '?')
}
