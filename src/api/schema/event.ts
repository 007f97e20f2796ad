import { epochSummary } from './epoch.ts'
import { payout } from './payout.ts'
import type { Plain } from './plain.ts'
import { recordStatus } from './record.ts'

/** What happens when an epoch becomes final, in this order. */
export const eventKinds = ['records', 'payouts', 'checkpoints'] as const
export type EventKind = (typeof eventKinds)[number]

/** By the name of the event. */
export const eventSchemas = { record: recordStatus, payout, checkpoint: epochSummary } as const

/** An event without its place in the stream. */
export type LedgerEvent = {
  readonly [Name in keyof typeof eventSchemas]: {
    readonly event: Name
    readonly data: Plain<(typeof eventSchemas)[Name]>
  }
}[keyof typeof eventSchemas]
