import { accountKeyText } from '../../consensus/account.ts'
import { cellPrefix, decodeCell } from '../../consensus/ledger/cells/cell.ts'
import { validatorCodec } from '../../consensus/ledger/cells/validator.ts'
import { refKeyText } from '../../consensus/ref.ts'
import type { Named, NamedThing } from '../api/schema/named.ts'
import type { Store } from '../store/store.ts'
import type { View } from '../store/view.ts'
import { assetCells } from './asset-cells.ts'
import { Catalogue, printable } from './explain/catalogue.ts'

const itemsMax = 20
/** Assets that one question goes through. */
const assetsMax = 20_000

/** Validators, datanets, models and agents whose own names contain a text, whichever case. */
export async function namedLike(store: Store, view: View, text: string): Promise<Named> {
  const wanted = text.trim().toLowerCase()
  const items: NamedThing[] = []
  if (wanted === '') return { items, more: false }
  for await (const [key, bytes] of view.cells(cellPrefix.validator)) {
    const { name } = decodeCell(validatorCodec, bytes)
    if (!name.toLowerCase().includes(wanted)) continue
    if (items.length === itemsMax) return { items, more: true }
    const id = accountKeyText(key.slice(cellPrefix.validator.length))
    items.push({ type: 'account', id, label: `validator "${printable(name)}"` })
  }
  const catalogue = new Catalogue(store)
  let looked = 0
  for await (const [ref, { kind }] of assetCells(view)) {
    if (++looked > assetsMax) return { items, more: true }
    if (kind === 'contribution' || kind === 'refinement') continue
    if (!catalogue.name(ref).toLowerCase().includes(wanted)) continue
    if (items.length === itemsMax) return { items, more: true }
    items.push({ type: 'record', id: refKeyText(ref), label: catalogue.label(ref) })
  }
  return { items, more: false }
}
