import Type from 'typebox'
import type { Plain } from './plain.ts'
import { count, epoch, ref, timeMs } from './words.ts'

/** Fees of many epochs together may outgrow the supply. */
const sum = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'µOPEN.' })

export const usageSpan = Type.Object({
  from: epoch,
  to: epoch,
  time: { ...timeMs, description: 'Of its last checkpoint.' },
  inferences: { ...count, description: 'Paid ones.' },
  actions: { ...count, description: 'Paid ones.' },
  payouts: { ...count, description: 'An account paid in two epochs counts twice.' },
  fees: sum,
  paid: sum,
})
/** How much the ledger was used over some epochs, both included. */
export type UsageSpan = Plain<typeof usageSpan>

export const usageSeries = Type.Object({
  from: epoch,
  to: epoch,
  spans: Type.Array(usageSpan, { description: 'In order, of the same length; the first may be shorter.' }),
})
export type UsageSeries = Plain<typeof usageSeries>

export const busy = Type.Object({
  ref,
  kind: Type.Enum(['model', 'agent']),
  name: Type.String(),
  times: count,
  fees: sum,
})
/** How often a model executed or an agent acted, for money. */
export type Busy = Plain<typeof busy>

export const busiest = Type.Object({
  from: epoch,
  to: epoch,
  busiest: Type.Array(busy, { description: 'The one with the most fees first.' }),
  count: { ...count, description: 'Of all that had any.' },
})
export type Busiest = Plain<typeof busiest>
