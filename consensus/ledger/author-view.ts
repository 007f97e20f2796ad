import type { AccountKey } from '../account.ts'
import type { Amount } from '../amount.ts'
import type { ByteKey } from '../bytes.ts'
import type { Cid } from '../cid.ts'
import type { Crypto } from '../crypto.ts'
import type { Params } from '../params.ts'
import type { Weighted } from '../records/schema.ts'
import { type Ref, type RefKey, refKey } from '../ref.ts'
import type { AccountCell } from './cells/account.ts'
import type { AssetCell } from './cells/asset.ts'
import type { SessionCell } from './cells/session.ts'
import type { Collected } from './collected.ts'
import type { OpeningState } from './opening-state.ts'
import type { Uses } from './paid-record.ts'

/** A session as its payee sees and changes it within an epoch. */
export interface PayeeSession {
  readonly opening: SessionCell
  total: Amount
  settled: Amount
  closed: boolean
}

export interface Epoch {
  readonly number: number
  readonly chain: Cid
  readonly params: Params
  readonly crypto: Crypto
}

/** What an author's chain ends in after the epoch. */
export interface AuthorHead {
  readonly seq: number
  readonly head: Cid
}

/**
 * E1: all that a record may read and write: the opening state, what its author wrote before, and the author's own cells.
 * One view serves all records of one author in one epoch.
 */
export class AuthorView {
  readonly epoch: Epoch
  readonly author: AccountKey
  readonly opening: OpeningState
  readonly collected: Collected
  readonly account: AccountCell
  spent: Amount
  /** Assets made or changed here. */
  readonly assets = new Map<RefKey, AssetCell>()
  readonly opened = new Map<RefKey, SessionCell>()
  /** As payee. */
  readonly sessions = new Map<RefKey, PayeeSession>()
  /** As payer: new `expires`. */
  readonly expiries = new Map<RefKey, number>()
  readonly verdicts = new Map<ByteKey, boolean>()
  readonly attributed = new Set<RefKey>()
  /** Vouchers whose signature was wrong, in this epoch. */
  wrongVouchers = 0
  #batch: Cid | undefined
  #index = 0

  constructor(epoch: Epoch, author: AccountKey, opening: OpeningState, collected: Collected, byteFee: Amount) {
    this.epoch = epoch
    this.author = author
    this.opening = opening
    this.collected = collected
    this.account = opening.account(author)
    this.spent = byteFee
  }

  /** The record that is executed next. */
  at(batch: Cid, index: number): void {
    this.#batch = batch
    this.#index = index
  }

  get batch(): Cid {
    return this.#batch!
  }

  get index(): number {
    return this.#index
  }

  /** Name of the record that is being executed. */
  self(): RefKey {
    return refKey(this.batch, this.#index)
  }

  resolve(ref: Ref): RefKey {
    return refKey(ref[0] ?? this.batch, ref[1])
  }

  resolveUses(uses: readonly Weighted[]): Uses {
    const assets: RefKey[] = []
    const weights: number[] = []
    for (const [ref, weight] of uses) {
      assets.push(this.resolve(ref))
      weights.push(weight)
    }
    return { assets, weights }
  }

  asset(ref: RefKey): AssetCell | undefined {
    return this.assets.get(ref) ?? this.opening.asset(ref)
  }

  /** Debits the author; false where the opening balance doesn't hold it. Credits of this epoch don't count. */
  spend(amount: Amount): boolean {
    if (this.spent + amount > this.account.balance) return false
    this.spent += amount
    return true
  }

  /** E4: a session that its payee may use in this epoch. */
  payeeSession(ref: RefKey): PayeeSession | undefined {
    const known = this.sessions.get(ref)
    if (known !== undefined) return known
    const cell = this.opening.session(ref)
    if (cell === undefined || cell.payee !== this.author) return undefined
    const session: PayeeSession = { opening: cell, total: cell.total, settled: cell.settled, closed: false }
    this.sessions.set(ref, session)
    return session
  }

  /** A session of which the author is the payer, as it stands. */
  payerSession(ref: RefKey): SessionCell | undefined {
    const cell = this.opened.get(ref) ?? this.opening.session(ref)
    return cell?.payer === this.author ? cell : undefined
  }
}
