import { ppmWhole } from '../amount.ts'
import { compareKeys } from '../bytes.ts'
import type { RefKey } from '../ref.ts'
import type { DataCell, WeightedKey } from './cells/asset.ts'

export const originsMax = 32

/**
 * F4: origin weights of a refinement, fixed at birth: Σ over parents ⌊parent weight · the parent's origin weight / 10^6⌋,
 * an origin's own being 10^6; the 32 greatest (ties: lower ref) kept unscaled, sorted by ref. Weights that became 0 name nobody.
 */
export function originsOf(parents: readonly WeightedKey[], cells: readonly DataCell[]): WeightedKey[] {
  const sums = new Map<RefKey, number>()
  for (let i = 0; i < parents.length; i++) {
    const [parentRef, weight] = parents[i]!
    const cell = cells[i]!
    const origins: readonly WeightedKey[] = cell.kind === 'contribution' ? [[parentRef, ppmWhole]] : cell.origins
    for (const [origin, originWeight] of origins) {
      const part = Math.floor((weight * originWeight) / ppmWhole)
      if (part > 0) sums.set(origin, (sums.get(origin) ?? 0) + part)
    }
  }
  const kept = [...sums].sort(([a, x], [b, y]) => y - x || compareKeys(a, b)).slice(0, originsMax)
  return kept.sort(([a], [b]) => compareKeys(a, b))
}
