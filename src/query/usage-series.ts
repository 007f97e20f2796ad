import { decodeCheckpoint } from '../../consensus/checkpoint.ts'
import type { UsageSeries, UsageSpan } from '../api/schema/usage.ts'
import { breathe } from '../proofs/breathe.ts'
import type { Store } from '../store/store.ts'
import type { EpochSpan } from './explain/epoch-span.ts'

/** As many as a chart has room for. */
const spansMax = 240
/** Checkpoints that one question reads: at 10 s an epoch, more than two days. */
export const usageEpochsMax = 20_000

/** The checkpoints of a range summed up in at most 240 spans of the same length, the first of which may be shorter. */
export async function usageSeries(store: Store, { from, to, signal }: EpochSpan): Promise<UsageSeries> {
  const length = Math.max(1, Math.ceil((to - from + 1) / spansMax))
  const spans: UsageSpan[] = []
  for (let last = from + ((to - from) % length); last <= to; last += length) {
    const first = Math.max(from, last - length + 1)
    const span = await spanOf(store, { from: first, to: last, ...(signal !== undefined && { signal }) })
    if (span !== undefined) spans.push(span)
  }
  return { from, to, spans }
}

/** Undefined where none of its epochs is here: the first of a node that joined by a snapshot. */
async function spanOf(store: Store, { from, to, signal }: EpochSpan): Promise<UsageSpan | undefined> {
  const sum = { inferences: 0, actions: 0, payouts: 0, fees: 0, paid: 0 }
  let time: number | undefined
  for (let epoch = from; epoch <= to; epoch++) {
    const record = store.epochs.get(epoch)
    if (record === undefined) continue
    const { usage, totals, ...checkpoint } = decodeCheckpoint(record.checkpoint)
    sum.inferences += usage.inferences
    sum.actions += usage.actions
    sum.payouts += usage.paid
    sum.fees += totals.fees
    sum.paid += totals.paid
    time = checkpoint.time
    await breathe()
    signal?.throwIfAborted()
  }
  return time === undefined ? undefined : { from, to, time, ...sum }
}
