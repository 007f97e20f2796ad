import { type RefKey, refFromKey } from '../../../consensus/ref.ts'
import type { Store } from '../../store/store.ts'
import type { EpochSpan } from './epoch-span.ts'

/** Whether a range is all there is of a final record: from the epoch of its batch, before which nothing can have come of it, to the newest. */
export function isWholeLife(store: Store, ref: RefKey, { from, to }: EpochSpan): boolean {
  const [batch] = refFromKey(ref)
  return from <= (store.outcomes.get(batch)?.epoch ?? 0) && to >= (store.head()?.epoch ?? 0)
}
