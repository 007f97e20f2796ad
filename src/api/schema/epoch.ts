import Type from 'typebox'
import type { Plain } from './plain.ts'
import { account, amount, cid, count, epoch, hash, seq, timeMs } from './words.ts'

export const epochSummary = Type.Object({
  epoch,
  cid: { ...cid, description: 'Of the checkpoint.' },
  time: timeMs,
  roots: Type.Object({ batches: hash, flow: hash, payout: hash, state: hash }),
  totals: Type.Object({ fees: amount, paid: amount, waiting: amount, accrued: amount, treasury: amount }),
  usage: Type.Object({ inferences: count, actions: count, payers: count, payees: count, paid: count }),
})
/** A final epoch, as its checkpoint tells. */
export type EpochSummary = Plain<typeof epochSummary>

export const finalBatch = Type.Object({
  author: account,
  cid,
  seq,
  codes: Type.String({ description: 'One byte in hex per record: its outcome code.' }),
})
export type FinalBatch = Plain<typeof finalBatch>

export const epochStatus = Type.Object({ ...epochSummary.properties, batches: Type.Array(finalBatch) })
export type EpochStatus = Plain<typeof epochStatus>
