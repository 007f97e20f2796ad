import { type AssetCell, assetCodec } from '../../consensus/ledger/cells/asset.ts'
import { cellPrefix, decodeCell } from '../../consensus/ledger/cells/cell.ts'
import type { RefKey } from '../../consensus/ref.ts'
import { breathe } from '../proofs/breathe.ts'
import type { View } from '../store/view.ts'

/** All assets by ref, which has nothing to do with time. */
export async function* assetCells(view: View): AsyncGenerator<[RefKey, AssetCell]> {
  for await (const [key, bytes] of view.cells(cellPrefix.asset)) {
    yield [key.slice(cellPrefix.asset.length), decodeCell(assetCodec, bytes)]
    await breathe()
  }
}
