import type { Amount } from '../../consensus/amount.ts'
import type { RecordKind } from '../records/form.ts'
import type { DraftMap } from './draft.ts'
import type { Place } from './scenario-error.ts'

/** A line that becomes a record. Actions are named by their number: their place in `Scenario.actions`. */
export interface Action {
  readonly place: Place
  /** Whose line it is. */
  readonly actor: string
  /** Who signs and submits it: the actor; of a voucher, the session's payee. */
  readonly author: string
  readonly kind: RecordKind
  /** The record with holes. A voucher without `signature`, a validator without `possession` is signed when it is written. */
  readonly draft: DraftMap
  /** Barriers before it: it waits until all actions of lower stages are final. */
  readonly stage: number
  /** Actions that it points to and that must be final before it is submitted. Others of its own author need only go first. */
  readonly after: readonly number[]
  /** Of an inference or action whose payer's vouchers are left to the runner. */
  readonly bill: Bill | undefined
}

export interface Bill {
  /** Number of the action that opens the session. */
  readonly session: number
  readonly fee: Amount
}

/** What the runner needs to write a payer's vouchers. */
export interface SessionTerms {
  readonly payer: string
  readonly deposit: Amount
}

export interface Scenario {
  readonly actions: readonly Action[]
  /** OPEN put into the genesis, by actor, in the order of the files. */
  readonly funds: ReadonlyMap<string, Amount>
  /** Number of the action that made the labelled record. */
  readonly labels: ReadonlyMap<string, number>
  /** Every actor that acts or is named, with its account's public key (32 bytes). */
  readonly actors: ReadonlyMap<string, Uint8Array>
  /** By the number of the action that opens it: sessions whose vouchers are left to the runner. */
  readonly sessions: ReadonlyMap<number, SessionTerms>
}
