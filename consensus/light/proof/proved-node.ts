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

/** R6: something that a record claims, and that what it points to doesn't bear out. */
export interface ProvedClaim {
  readonly fault: /** The fee isn't the model's price for these tokens, which is `listed`. */
    | 'price'
    /** F3: names an asset that isn't within the model's reach. */
    | 'reach'
    /** Calls what is no inference or action. */
    | 'call-kind'
    /** Calls a model that isn't one of the agent's. */
    | 'call-model'
    /** Calls what somebody else than the agent, or its payer, paid for. */
    | 'call-payer'
    /** Names as its source what is no inference. */
    | 'source-kind'
    /** Names a parent that its source doesn't say that it drew on. */
    | 'source-parent'
    /** Leaves out of its parents what its source drew on. */
    | 'source-use'
    /** What it points to wasn't to be had, so nothing was compared. */
    | 'unknown'
  /** What it points to. */
  readonly about: RefKey
  readonly listed?: Amount
}

/** A line with what it is made of. Amounts of the lines below add up to its own, but for those that weren't drawn. */
export interface ProvedNode {
  readonly subject: ProvedSubject
  readonly amount: Amount
  readonly children: readonly ProvedNode[]
  /** Lines below that a sample left out, and those that were proved and are too many to be kept. */
  readonly omitted: number
  readonly remarks: readonly ProvedRemark[]
  /** Absent where none were compared. */
  readonly claims?: readonly ProvedClaim[]
}
