import type { Cid } from '../cid.ts'
import { outcomes } from '../ledger/outcome.ts'
import type { Ref } from '../ref.ts'
import { usesMax } from './inference.ts'
import type { Kind } from './kind.ts'
import { cid, optional, ref, text, type Weighted, weights } from './schema.ts'

/** A model's attributor says what the inferences drew on whose data part has waited. */
export interface Attribution {
  readonly kind: 'attribution'
  readonly model: Ref
  readonly uses: readonly Weighted[]
  /** Name of the method, a claim (R6). */
  readonly method: string
  readonly evidence?: Cid
}

export const attribution: Kind<Attribution> = {
  name: 'attribution',
  fields: { model: ref, uses: weights(usesMax), method: text(128), evidence: optional(cid) },
  refs: record => [record.model, ...record.uses.map(([ref]) => ref)],
  apply(record, view) {
    const modelRef = view.resolve(record.model)
    const model = view.asset(modelRef)
    if (model === undefined) return outcomes['unknown-ref']
    if (model.kind !== 'model') return outcomes['wrong-kind']
    if (model.attributor !== view.author) return outcomes['not-attributor']
    // F3: it divides what waited at the opening, once.
    if (view.opening.waiting(modelRef) === undefined || view.attributed.has(modelRef))
      return outcomes['nothing-waiting']
    view.attributed.add(modelRef)
    view.collected.attributions.push({ model: modelRef, uses: view.resolveUses(record.uses) })
    return outcomes.done
  },
}
