import { toKey } from '../bytes.ts'
import { outcomes } from '../ledger/outcome.ts'
import type { Ref } from '../ref.ts'
import type { Kind } from './kind.ts'
import { account, ref } from './schema.ts'

/** Hands an asset to another account, which earns from this epoch on. */
export interface Assign {
  readonly kind: 'assign'
  readonly asset: Ref
  readonly to: Uint8Array
}

export const assign: Kind<Assign> = {
  name: 'assign',
  fields: { asset: ref, to: account },
  refs: record => [record.asset],
  apply(record, view) {
    const assetRef = view.resolve(record.asset)
    const asset = view.asset(assetRef)
    if (asset === undefined) return outcomes['unknown-ref']
    if (asset.owner !== view.author) return outcomes['not-owner']
    view.assets.set(assetRef, { ...asset, owner: toKey(record.to) })
    return outcomes.done
  },
}
