import type { AccountKey } from '../account.ts'
import type { Amount, Ppm } from '../amount.ts'
import type { ByteKey } from '../bytes.ts'
import type { Cid } from '../cid.ts'
import type { Crypto } from '../crypto.ts'
import type { Params } from '../params.ts'
import type { Weighted } from '../records/schema.ts'
import { type Ref, type RefKey, refKey, resolveRef } from '../ref.ts'
import type { AccountCell } from './cells/account.ts'
import type { AssetCell } from './cells/asset.ts'
import type { ProposalCell } from './cells/proposal.ts'
import type { SessionCell } from './cells/session.ts'
import type { ValidatorCell } from './cells/validator.ts'
import type { Collected } from './collected.ts'
import { InheritedReach } from './inherited-reach.ts'
import type { OpeningState } from './opening-state.ts'
import type { Uses } from './paid-record.ts'
import { RecurringRef } from './spelled-refs.ts'
import type { ProvenOffence } from './stake/slashing.ts'
import { standing } from './stake/standing.ts'

/** A session as its payee sees and changes it within an epoch. */
export interface PayeeSession {
  readonly opening: SessionCell
  total: Amount
  settled: Amount
  closed: boolean
}

/** What an author publishes of itself as a validator; the last one counts. */
export interface Registration {
  /** Vote key, 32 bytes. */
  readonly key: Uint8Array
  readonly commission: Ppm
  readonly name: string
}

/** What an author does to its position at one validator. */
export interface StakeMove {
  staked: Amount
  unstaked: Amount
}

export interface Epoch {
  readonly number: number
  readonly chain: Cid
  readonly params: Params
  readonly crypto: Crypto
}

/** A wrong signature costs the most that a record can cost to execute: both libraries are asked (R3). */
const wrongSignaturesMax = 16

/** Whose records, how many bytes of batches they come in, and what these cost. */
export interface AuthorSpan {
  readonly author: AccountKey
  readonly bytes: number
  readonly byteFee: Amount
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
  readonly inheritedReach: InheritedReach
  registration: Registration | undefined
  /** By validator. */
  readonly stakeMoves = new Map<AccountKey, StakeMove>()
  /** By the key of the cell. */
  readonly offences = new Map<ByteKey, ProvenOffence>()
  readonly proposed = new Map<RefKey, ProposalCell>()
  readonly ballots = new Map<ByteKey, boolean>()
  /** By validator: the author's stake at the opening. */
  readonly #staked = new Map<AccountKey, Amount>()
  readonly #billedSession: RecurringRef
  readonly #billedEarner: RecurringRef
  #wrongSignatures = 0
  #batch: Cid | undefined
  #index = 0

  constructor(epoch: Epoch, part: AuthorSpan, opening: OpeningState, collected: Collected) {
    const { author, bytes, byteFee } = part
    this.epoch = epoch
    this.author = author
    this.opening = opening
    this.collected = collected
    this.account = opening.account(author)
    this.spent = byteFee
    this.inheritedReach = new InheritedReach(bytes)
    this.#billedSession = new RecurringRef(collected.refs)
    this.#billedEarner = new RecurringRef(collected.refs)
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
    return resolveRef(ref, this.batch)
  }

  /** Of an inference or action. */
  resolveBilled(session: Ref, earner: Ref): { session: RefKey; earner: RefKey } {
    return {
      session: this.#billedSession.spell(session[0] ?? this.batch, session[1]),
      earner: this.#billedEarner.spell(earner[0] ?? this.batch, earner[1]),
    }
  }

  resolveUses(uses: readonly Weighted[]): Uses {
    // Lists that grow take ten times their items' room, and there is one of each for every record.
    const assets = uses.map(([ref]) => this.collected.refs.spell(ref[0] ?? this.batch, ref[1]))
    const weights = uses.map(([, weight]) => weight)
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

  /** R3, for signatures within records. Where too many were wrong in this epoch, no further one is looked at. */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
    if (this.#wrongSignatures >= wrongSignaturesMax) return false
    if (this.epoch.crypto.verify(signature, message, publicKey)) return true
    this.#wrongSignatures++
    return false
  }

  /** A validator that stake can be at: known at the opening, or the author itself from its registration on. */
  isValidator(account: AccountKey): boolean {
    return (account === this.author && this.registration !== undefined) || this.validator(account) !== undefined
  }

  /** As of the opening. */
  validator(account: AccountKey): ValidatorCell | undefined {
    return this.opening.validator(account)
  }

  stakeMove(validator: AccountKey): StakeMove {
    let move = this.stakeMoves.get(validator)
    if (move === undefined) {
      move = { staked: 0, unstaked: 0 }
      this.stakeMoves.set(validator, move)
    }
    return move
  }

  /** The author's stake at a validator as it stands. */
  staked(validator: AccountKey): Amount {
    const { staked, unstaked } = this.stakeMoves.get(validator) ?? { staked: 0, unstaked: 0 }
    return this.#stakedBefore(validator) + staked - unstaked
  }

  /** Worked out once: there may have been hundreds of slashes. */
  #stakedBefore(validator: AccountKey): Amount {
    const known = this.#staked.get(validator)
    if (known !== undefined) return known
    const position = this.opening.position(validator, this.author)
    const cell = this.opening.validator(validator)
    const isThere = position !== undefined && cell !== undefined
    const slashOf = (number: number) => this.opening.slash(validator, number)
    const amount = isThere ? standing(position, cell, slashOf).amount : 0
    this.#staked.set(validator, amount)
    return amount
  }

  proposal(ref: RefKey): ProposalCell | undefined {
    return this.proposed.get(ref) ?? this.opening.proposal(ref)
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
