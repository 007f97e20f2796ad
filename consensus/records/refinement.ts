import type { Cid } from '../cid.ts'
import { type DataCell, heightOf, isData, type WeightedKey } from '../ledger/cells/asset.ts'
import { originsOf } from '../ledger/origins.ts'
import { outcomes } from '../ledger/outcome.ts'
import type { Ref } from '../ref.ts'
import { contentFields } from './contribution.ts'
import type { Kind } from './kind.ts'
import { optional, ref, type Weighted, weights } from './schema.ts'

/** Data made from data: cleaned, labelled, edited, or generated output that is given back. */
export interface Refinement {
  readonly kind: 'refinement'
  readonly datanet: Ref
  readonly content: Cid
  readonly size: number
  readonly media: string
  readonly parents: readonly Weighted[]
  /** The inference that generated it: a claim (R6). */
  readonly source?: Ref
}

const parentsMax = 16
/** 1/64: so that a lineage of weights keeps its precision. */
const parentWeightMin = 15_625

export const refinement: Kind<Refinement> = {
  name: 'refinement',
  fields: { datanet: ref, ...contentFields, parents: weights(parentsMax, parentWeightMin), source: optional(ref) },
  refs: record => [
    record.datanet,
    ...record.parents.map(([parent]) => parent),
    ...(record.source === undefined ? [] : [record.source]),
  ],
  apply(record, view) {
    const datanetRef = view.resolve(record.datanet)
    const datanet = view.asset(datanetRef)
    if (datanet === undefined) return outcomes['unknown-ref']
    if (datanet.kind !== 'datanet') return outcomes['wrong-kind']
    const parents: WeightedKey[] = []
    const parentCells: DataCell[] = []
    let originShare = datanet.originShare
    let height = 0
    for (const [ref, weight] of record.parents) {
      const parentRef = view.resolve(ref)
      const parent = view.asset(parentRef)
      if (parent === undefined) return outcomes['unknown-ref']
      if (!isData(parent)) return outcomes['wrong-kind']
      parents.push([parentRef, weight])
      parentCells.push(parent)
      // F4: a layer on top can only raise what goes to the origins.
      originShare = Math.max(originShare, parent.originShare)
      height = Math.max(height, heightOf(parent) + 1)
    }
    view.assets.set(view.self(), {
      kind: 'refinement',
      owner: view.author,
      datanet: datanetRef,
      height,
      originShare,
      origins: originsOf(parents, parentCells),
      parents,
    })
    return outcomes.done
  },
}
