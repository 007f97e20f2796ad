import type { Cid } from '../cid.ts'
import { contentCellKey } from '../ledger/cells/content.ts'
import { outcomes } from '../ledger/outcome.ts'
import type { Ref } from '../ref.ts'
import type { Kind } from './kind.ts'
import { cid, integer, ref, text } from './schema.ts'

/** Raw material: an origin. The ledger holds its hash, not its content. */
export interface Contribution {
  readonly kind: 'contribution'
  readonly datanet: Ref
  readonly content: Cid
  /** Bytes. */
  readonly size: number
  readonly media: string
}

export const contentFields = {
  content: cid,
  size: integer(0, Number.MAX_SAFE_INTEGER),
  media: text(127),
}

export const contribution: Kind<Contribution> = {
  name: 'contribution',
  fields: { datanet: ref, ...contentFields },
  refs: record => [record.datanet],
  apply(record, view) {
    const datanetRef = view.resolve(record.datanet)
    const datanet = view.asset(datanetRef)
    if (datanet === undefined) return outcomes['unknown-ref']
    if (datanet.kind !== 'datanet') return outcomes['wrong-kind']
    // E5: who else brought it in an earlier epoch has it; in the same epoch both stand.
    const holders = view.opening.content(datanetRef, record.content)
    if (holders !== undefined && !holders.has(view.author)) return outcomes['duplicate-content']
    if (holders === undefined) view.collected.markContent(contentCellKey(datanetRef, record.content), view.author)
    view.assets.set(view.self(), {
      kind: 'contribution',
      owner: view.author,
      datanet: datanetRef,
      originShare: datanet.originShare,
    })
    return outcomes.done
  },
}
