import { type Facts, LedgerError } from '../errors.ts'

/** The check that a proof failed. */
export type ProofCheck =
  /** A position at or beyond the count. */
  | 'index'
  /** Too many or too few siblings for the position. */
  | 'siblings'
  /** A sum that its tree's width can't hold. */
  | 'overflow'
  /** The path leads to another root. */
  | 'root'
  /** Two leaves that don't stand side by side, or a last or first one that isn't. */
  | 'neighbours'
  /** A key that doesn't lie between its neighbours. */
  | 'order'
  /** The leaf met on the path is not another one of the same prefix. */
  | 'leaf'

/** A well-formed proof that proves nothing: `code` is `proof-` and the failed check. */
export class ProofError extends LedgerError {
  readonly check: ProofCheck

  constructor(check: ProofCheck, message: string, facts: Facts = {}) {
    super(`proof-${check}`, message, facts)
    this.check = check
  }
}
