import type { AccountKey } from '../../account.ts'
import type { Amount } from '../../amount.ts'
import type { ByteKey } from '../../bytes.ts'
import type { Role } from '../../ledger/flow/payouts.ts'
import type { RefKey } from '../../ref.ts'
import type { Cause } from './climb.ts'

/** What a line of a proved explanation is about. */
export type ProvedSubject =
  | { readonly type: 'account'; readonly account: AccountKey; readonly epoch: number }
  | { readonly type: 'role'; readonly role: Role }
  /** A model, an agent, an asset; for operators and delegators a validator. */
  | { readonly type: 'source'; readonly role: Role; readonly source: ByteKey }
  | ({ readonly type: 'cause' } & Omit<Cause, 'amount'>)
  /** Fees of a model or agent into the operators' pool; without one, what authors paid for bytes. */
  | { readonly type: 'pool'; readonly from: RefKey | undefined }
  | { readonly type: 'bill'; readonly ref: RefKey; readonly action: boolean; readonly fee: Amount }
  | { readonly type: 'attribution'; readonly ref: RefKey }

/** What couldn't be recomputed, and why; the amount itself is proved all the same. */
export type ProvedRemark =
  /** An asset belongs to somebody else in the state it was read from, which is of a later epoch. */
  | 'owner-changed'
  /** A validator's commission is another now, or it has no stake left. */
  | 'commission-changed'
  /** A settlement is computed from the states before and after its epoch, which no node keeps. */
  | 'settlement'
  /** What had waited was known to the state before the epoch. */
  | 'waited'
  /** R6: the batch claims a time after the one at which it became final. */
  | 'later-time'

/** A line with what it is made of. Amounts of the lines below add up to its own, but for those that weren't drawn. */
export interface ProvedNode {
  readonly subject: ProvedSubject
  readonly amount: Amount
  readonly children: readonly ProvedNode[]
  /** Lines below that a sample left out. */
  readonly omitted: number
  readonly remarks: readonly ProvedRemark[]
}
