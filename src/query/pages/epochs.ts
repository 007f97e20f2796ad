import type { EpochSummary } from '../../api/schema/epoch.ts'
import type { Store } from '../../store/store.ts'
import { checkpointText } from '../epoch.ts'
import type { Step } from './page.ts'

export function epochSummary(store: Store, epoch: number): EpochSummary | undefined {
  const record = store.epochs.get(epoch)
  return record && checkpointText(record.checkpoint)
}

/** Down from the one before `before`, or from the newest; to the first that this node has. */
export function* epochsDown(store: Store, before: number | undefined): Generator<Step<EpochSummary>> {
  const newest = store.head()?.epoch ?? 0
  for (let epoch = Math.min(newest, (before ?? newest + 1) - 1); epoch >= 1; epoch--) {
    const item = epochSummary(store, epoch)
    if (item === undefined) return
    yield { at: [epoch], item }
  }
}
