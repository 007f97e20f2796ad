import { equalBytes, toKey } from '../../consensus/bytes.ts'
import type { Cid } from '../../consensus/cid.ts'
import { decodeCell } from '../../consensus/ledger/cells/cell.ts'
import { type ContentCell, contentCellKey, contentCodec } from '../../consensus/ledger/cells/content.ts'
import type { LedgerRecord } from '../../consensus/records/registry.ts'
import { type RefKey, refFromKey, refKeyText } from '../../consensus/ref.ts'
import type { NamedThing } from '../api/schema/named.ts'
import type { Store } from '../store/store.ts'
import type { View } from '../store/view.ts'
import { assetCells } from './asset-cells.ts'
import { Catalogue } from './explain/catalogue.ts'
import { headerOf, recordsOf } from './final-batches.ts'

const itemsMax = 20
/** Assets that one question goes through, once for the datanets and once for what is in them. */
const assetsMax = 20_000

/**
 * Contributions of a content. E5: a cell tells at once who brought it into a datanet, so that only their batches are read. Of records
 * that aren't here nothing is found.
 */
export async function withContent(store: Store, view: View, content: Cid): Promise<NamedThing[]> {
  const holders = await holdersOf(view, content)
  const items: NamedThing[] = []
  if (holders.size === 0) return items
  const catalogue = new Catalogue(store)
  const batches = new AuthorsBatches(store)
  let looked = 0
  for await (const [ref, cell] of assetCells(view)) {
    if (++looked > assetsMax || items.length === itemsMax) break
    const authors = cell.kind === 'contribution' ? holders.get(cell.datanet) : undefined
    const record = authors && batches.record(ref, authors)
    if (record?.kind !== 'contribution' || !equalBytes(record.content.digest, content.digest)) continue
    items.push({ type: 'record', id: refKeyText(ref), label: catalogue.label(ref) })
  }
  return items
}

/** By datanet. */
async function holdersOf(view: View, content: Cid): Promise<ReadonlyMap<RefKey, ContentCell>> {
  const found = new Map<RefKey, ContentCell>()
  let looked = 0
  for await (const [ref, { kind }] of assetCells(view)) {
    if (++looked > assetsMax) break
    const cell = kind === 'datanet' ? view.state.get(contentCellKey(ref, content)) : undefined
    if (cell !== undefined) found.set(ref, decodeCell(contentCodec, cell))
  }
  return found
}

/** Assets stand by batch: one of them is read once for all that it made. */
class AuthorsBatches {
  readonly #store: Store
  #last: { readonly batch: Cid; readonly records: readonly LedgerRecord[] } | undefined

  constructor(store: Store) {
    this.#store = store
  }

  /** Undefined where another than the authors wrote it, or it isn't here. */
  record(ref: RefKey, authors: ContentCell): LedgerRecord | undefined {
    const [batch, index] = refFromKey(ref)
    if (!this.#store.batches.has(batch) || !authors.includes(toKey(headerOf(this.#store, batch).author)))
      return undefined
    if (this.#last === undefined || !this.#last.batch.equals(batch)) {
      this.#last = { batch, records: recordsOf(this.#store, batch) }
    }
    return this.#last.records[index]
  }
}
