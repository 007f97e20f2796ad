import { toKey } from '../bytes.ts'
import { outcomes } from '../ledger/outcome.ts'
import type { Ref } from '../ref.ts'
import { reviewersMax } from './datanet.ts'
import type { Kind } from './kind.ts'
import { accountList, ref } from './schema.ts'

/** The owner of a reviewed datanet changes its reviewers. */
export interface Reviewers {
  readonly kind: 'reviewers'
  readonly datanet: Ref
  readonly reviewers: readonly Uint8Array[]
}

export const reviewers: Kind<Reviewers> = {
  name: 'reviewers',
  fields: { datanet: ref, reviewers: accountList(0, reviewersMax) },
  refs: record => [record.datanet],
  apply(record, view) {
    const datanetRef = view.resolve(record.datanet)
    const datanet = view.asset(datanetRef)
    if (datanet === undefined) return outcomes['unknown-ref']
    // An open datanet admits everybody: there is nothing to review.
    if (datanet.kind !== 'datanet' || !datanet.reviewed) return outcomes['wrong-kind']
    if (datanet.owner !== view.author) return outcomes['not-owner']
    view.assets.set(datanetRef, { ...datanet, reviewers: record.reviewers.map(toKey) })
    return outcomes.done
  },
}
