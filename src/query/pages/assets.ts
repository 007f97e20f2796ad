import { accountKeyText } from '../../../consensus/account.ts'
import {
  type AssetCell,
  assetCellKey,
  assetCodec,
  heightOf,
  type WeightedKey,
} from '../../../consensus/ledger/cells/asset.ts'
import { cellPrefix, decodeCell } from '../../../consensus/ledger/cells/cell.ts'
import type { LedgerRecord } from '../../../consensus/records/registry.ts'
import { type RefKey, refFromKey, refKeyText } from '../../../consensus/ref.ts'
import type { AssetFilter } from '../../api/ledger-pages.ts'
import type { AssetStatus } from '../../api/schema/asset.ts'
import type { Store } from '../../store/store.ts'
import { recordsOf } from '../final-batches.ts'
import type { Step } from './page.ts'

/** By ref, after one. */
export async function* assetsAfter(
  store: Store,
  filter: AssetFilter,
  after: RefKey | undefined,
): AsyncGenerator<Step<AssetStatus>> {
  const names = new RecordNames(store)
  for await (const [key, bytes] of store.state.scan(cellPrefix.asset, after && assetCellKey(after))) {
    const ref = key.slice(cellPrefix.asset.length)
    const cell = decodeCell(assetCodec, bytes)
    yield { at: [ref], item: fits(cell, filter) ? assetText(ref, cell, names.of(ref)) : undefined }
  }
}

export function assetStatus(store: Store, ref: RefKey): AssetStatus | undefined {
  const bytes = store.state.get(assetCellKey(ref))
  return bytes && assetText(ref, decodeCell(assetCodec, bytes), new RecordNames(store).of(ref))
}

function fits(cell: AssetCell, { kind, owner, of }: AssetFilter): boolean {
  if (kind !== undefined && cell.kind !== kind) return false
  if (owner !== undefined && cell.owner !== owner) return false
  return of === undefined || madeOf(cell).includes(of)
}

function madeOf(cell: AssetCell): readonly RefKey[] {
  switch (cell.kind) {
    case 'datanet':
      return []
    case 'contribution':
      return [cell.datanet]
    case 'refinement':
      return [cell.datanet, ...cell.parents.map(([ref]) => ref)]
    case 'model':
    case 'agent':
      return [...cell.bases, ...cell.data].map(([ref]) => ref)
  }
}

function assetText(ref: RefKey, cell: AssetCell, name: string | null): AssetStatus {
  const common = { ref: refKeyText(ref), owner: accountKeyText(cell.owner), name, height: heightOf(cell) }
  switch (cell.kind) {
    case 'datanet': {
      const { kind, ownerShare, originShare, refinerShare, reviewed, reviewers } = cell
      const review = reviewed ? { reviewers: reviewers.map(accountKeyText) } : {}
      return { ...common, kind, ownerShare, originShare, refinerShare, ...review }
    }
    case 'contribution':
      return { ...common, kind: cell.kind, datanet: refKeyText(cell.datanet), originShare: cell.originShare }
    case 'refinement': {
      const { kind, datanet, originShare, parents, origins } = cell
      const lineage = { parents: weightsText(parents), origins: weightsText(origins) }
      return { ...common, kind, datanet: refKeyText(datanet), originShare, ...lineage }
    }
    case 'model':
    case 'agent': {
      const { kind, bases, data, baseShare, minBaseShare, attributor } = cell
      const made = { bases: weightsText(bases), data: weightsText(data) }
      const named = attributor === null ? null : accountKeyText(attributor)
      return { ...common, kind, ...made, baseShare, minBaseShare, attributor: named }
    }
  }
}

function weightsText(weights: readonly WeightedKey[]): { ref: string; weight: number }[] {
  return weights.map(([ref, weight]) => ({ ref: refKeyText(ref), weight }))
}

/** Assets stand by batch: one of them is read once for all of its names. */
class RecordNames {
  readonly #store: Store
  #batch: { readonly key: string; readonly records: readonly LedgerRecord[] } | undefined

  constructor(store: Store) {
    this.#store = store
  }

  of(ref: RefKey): string | null {
    const [batch, index] = refFromKey(ref)
    if (this.#batch?.key !== batch.key) {
      const records = this.#store.batches.has(batch) ? recordsOf(this.#store, batch) : []
      this.#batch = { key: batch.key, records }
    }
    const record = this.#batch.records[index]
    return record !== undefined && 'name' in record ? record.name : null
  }
}
