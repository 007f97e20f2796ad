import type { AccountKey } from '../account.ts'
import type { Ppm } from '../amount.ts'
import { compareKeys } from '../bytes.ts'
import type { Weighted } from '../records/schema.ts'
import type { AuthorView } from './author-view.ts'
import { isData, type ReachList, type WeightedKey } from './cells/asset.ts'
import { reachMax } from './inherited-reach.ts'
import { type Outcome, outcomes } from './outcome.ts'

/** F2: a fee walks down from the model that earned it; a tower of a million models must not stand on every inference. */
export const modelHeightMax = 64

interface Built {
  readonly kind: 'model' | 'agent'
  readonly bases: readonly Weighted[]
  readonly baseShare: Ppm
  readonly minBaseShare: Ppm
  readonly data: readonly Weighted[]
  readonly attributor: AccountKey | null
}

/** Makes the cell of a model or agent: its bases are models, its data are datanets and assets, its reach is fixed at birth. */
export function modelCell(view: AuthorView, built: Built): Outcome {
  const bases: WeightedKey[] = []
  const baseReaches: ReachList[] = []
  let height = 0
  for (const [ref, weight] of built.bases) {
    const baseRef = view.resolve(ref)
    const base = view.asset(baseRef)
    if (base === undefined) return outcomes['unknown-ref']
    if (base.kind !== 'model') return outcomes['wrong-kind']
    if (built.baseShare < base.minBaseShare) return outcomes['base-share-too-low']
    bases.push([baseRef, weight])
    height = Math.max(height, base.height + 1)
    baseReaches.push(base.reach)
  }
  if (height > modelHeightMax) return outcomes['too-high']
  const reach = view.inheritedReach.take(baseReaches)
  if (reach === undefined) return outcomes['reach-too-large']
  const data: WeightedKey[] = []
  for (const [ref, weight] of built.data) {
    const dataRef = view.resolve(ref)
    const cell = view.asset(dataRef)
    if (cell === undefined) return outcomes['unknown-ref']
    if (cell.kind !== 'datanet' && !isData(cell)) return outcomes['wrong-kind']
    data.push([dataRef, weight])
    reach.add(dataRef)
  }
  if (reach.size > reachMax) return outcomes['reach-too-large']
  view.assets.set(view.self(), {
    ...built,
    owner: view.author,
    height,
    bases,
    data,
    reach: [...reach].sort(compareKeys),
  })
  return outcomes.done
}
