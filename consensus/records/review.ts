import { isData } from '../ledger/cells/asset.ts'
import { verdictCellKey } from '../ledger/cells/verdict.ts'
import { outcomes } from '../ledger/outcome.ts'
import type { Ref } from '../ref.ts'
import type { Kind } from './kind.ts'
import { oneOf, optional, ref, text } from './schema.ts'

/** A reviewer's verdict on an asset of a reviewed datanet; the last one counts. */
export interface Review {
  readonly kind: 'review'
  readonly asset: Ref
  readonly verdict: 'accept' | 'reject'
  readonly reason?: string
}

export const review: Kind<Review> = {
  name: 'review',
  fields: { asset: ref, verdict: oneOf('accept', 'reject'), reason: optional(text(512)) },
  refs: record => [record.asset],
  apply(record, view) {
    const assetRef = view.resolve(record.asset)
    const asset = view.asset(assetRef)
    if (asset === undefined) return outcomes['unknown-ref']
    if (!isData(asset)) return outcomes['wrong-kind']
    const datanet = view.asset(asset.datanet)
    if (datanet?.kind !== 'datanet' || !datanet.reviewers.includes(view.author)) return outcomes['not-reviewer']
    view.verdicts.set(verdictCellKey(assetRef, view.author), record.verdict === 'accept')
    return outcomes.done
  },
}
