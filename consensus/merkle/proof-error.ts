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
  /** A leaf of another key than was asked for. */
  | 'key'
  /** Nothing where the rules require something, or nothing that the server has. */
  | 'missing'
  /** A block, header or body that isn't what its CID names. */
  | 'block'
  /** A signature that isn't its author's. */
  | 'signature'
  /** Lines that don't add up to what was proved of them. */
  | 'sum'
  /** E3, F1 to F5: an amount that the ledger's own division doesn't give. */
  | 'division'
  /** A list that isn't the one its asset, model or validator set asks for. */
  | 'list'
  /** A record that isn't the one its leaf speaks of. */
  | 'record'
  /** R4: a record whose outcome isn't what its effect needs. */
  | 'outcome'
  /** E4: a fee above what its payer vouched for. */
  | 'voucher'
  /** Somebody paid who owns nothing here. */
  | 'owner'
  /** An answer, or a walk, beyond what it may take. */
  | 'bound'

/** A well-formed proof that proves nothing: `code` is `proof-` and the failed check. */
export class ProofError extends LedgerError {
  readonly check: ProofCheck

  constructor(check: ProofCheck, message: string, facts: Facts = {}) {
    super(`proof-${check}`, message, facts)
    this.check = check
  }
}

/** What should have been proved against what was: the message names both. */
export function mismatch(check: ProofCheck, what: string, expected: unknown, got: unknown): ProofError {
  return new ProofError(check, `${what}: expected ${expected}, got ${got}`, { what, expected, got })
}
