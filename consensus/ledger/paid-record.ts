import type { AccountKey } from '../account.ts'
import type { Amount, Ppm } from '../amount.ts'
import type { Cid } from '../cid.ts'
import type { RefKey } from '../ref.ts'

/** E4: an inference or action whose fee was settled. What the flow of the epoch starts from. */
export interface PaidRecord {
  /** The model or agent. */
  readonly earner: RefKey
  /** Whether an agent acted; else a model inferred. */
  readonly action: boolean
  readonly payee: AccountKey
  readonly batch: Cid
  readonly index: number
  readonly session: RefKey
  readonly fee: Amount
  /** What the session had settled when this fee was in. */
  readonly settledAfter: Amount
  readonly uses: Uses | undefined
}

/** What an output drew on, in columns, resolved: the decoded record, ten times as large, need not be kept. */
export interface Uses {
  readonly assets: readonly RefKey[]
  /** ppm. */
  readonly weights: readonly Ppm[]
}

/** F3: an attributor's word on what had waited at the opening. */
export interface Attribution {
  readonly model: RefKey
  readonly uses: Uses
}
