import type { AccountKey } from '../account.ts'
import type { ValidatorSet } from '../agreement/validator-set.ts'
import { type Amount, addAmounts } from '../amount.ts'
import type { Batch } from '../batch.ts'
import { compareKeys } from '../bytes.ts'
import type { EpochRoots, Totals, Usage } from '../checkpoint.ts'
import type { Cid } from '../cid.ts'
import type { Crypto } from '../crypto.ts'
import type { PageSource } from '../merkle/state-page.ts'
import { updateStateTree } from '../merkle/state-tree.ts'
import type { Params } from '../params.ts'
import { kindOf } from '../records/registry.ts'
import { type AuthorHead, AuthorView, type Epoch, type Registration } from './author-view.ts'
import { type BatchName, batchesRootOf } from './batches-root.ts'
import { type AuthorResult, closeEpoch } from './close-epoch.ts'
import { ClosingState, type StateChanges } from './closing-state.ts'
import { Collected } from './collected.ts'
import { byteFees, CutError } from './cut-rules.ts'
import { Committer } from './flow/commitment.ts'
import type { Flow } from './flow/flow.ts'
import type { Payout } from './flow/payouts.ts'
import { routeEpoch } from './flow/route.ts'
import { OpeningState } from './opening-state.ts'
import { outcomes } from './outcome.ts'
import { ClosingValidators } from './stake/closing-validators.ts'
import { registerValidators } from './stake/registration.ts'
import type { StateSource } from './state-source.ts'

/** All batches that a cut finalizes of one author. */
export interface AuthorPart {
  readonly author: AccountKey
  /** Of headers, signatures and bodies. */
  readonly bytes: number
  /** In seq order. Decoded one by one: a cut's records need not all be in memory. */
  batches(): Iterable<Batch>
}

export interface EpochInput {
  readonly chain: Cid
  readonly epoch: number
  readonly parts: readonly AuthorPart[]
  /** T13: who signed the certificate that the checkpoint names as its last; nobody in epoch 1. */
  readonly lastSigners: readonly AccountKey[]
}

/** What became of a batch. */
export interface BatchOutcome extends BatchName {
  /** One outcome code per record. */
  readonly codes: Uint8Array
  /** For each paid record, in order: what its session had settled then. */
  readonly settled: readonly Amount[]
}

/** A payout with the credit that the account has after it. */
export interface CreditedPayout extends Payout {
  readonly creditAfter: Amount
}

export interface EpochResult extends EpochRoots {
  readonly totals: Totals
  readonly usage: Usage
  readonly outcomes: readonly BatchOutcome[]
  /** By kind and key. */
  readonly flows: readonly Flow[]
  /** By account. */
  readonly payouts: readonly CreditedPayout[]
  readonly state: StateChanges
  readonly pages: ReadonlyMap<string, Uint8Array | null>
  readonly params: Params
  /** Votes on this epoch; on the next. */
  readonly validators: ValidatorSet
  readonly nextValidators: ValidatorSet
}

/**
 * E1: executes a cut on the opening state and commits to everything it did. Pure: the same input gives the same bytes on every
 * node, in any order of `parts`. Throws CutError where the cut breaks a rule, InvariantError where the ledger would.
 */
export function executeEpoch(crypto: Crypto, source: StateSource, pages: PageSource, input: EpochInput): EpochResult {
  const opening = new OpeningState(source)
  const params = opening.params()
  const epoch: Epoch = { number: input.epoch, chain: input.chain, params, crypto }
  const { lastSigners } = input
  const parts = [...input.parts].sort((a, b) => compareKeys(a.author, b.author))
  const fees = byteFees(
    params,
    parts.map(({ author, bytes }) => ({ author, bytes, balance: opening.account(author).balance })),
  )

  const collected = new Collected()
  const results: BatchOutcome[] = []
  const authors = parts.map((part, i) => {
    const view = new AuthorView(
      epoch,
      { author: part.author, bytes: part.bytes, byteFee: fees[i]! },
      opening,
      collected,
    )
    return { view, head: executePart(view, part, results) }
  })

  const closing = new ClosingState(opening)
  for (const { view } of authors) for (const [ref, cell] of view.assets) closing.putAsset(ref, cell)
  const validators = new ClosingValidators(opening)
  registerValidators(validators, epoch.number, registrationsOf(authors))
  const stakeMoves = authors.map(({ view }) => [view.author, view.stakeMoves] as const)
  const routing = { epoch, opening, closing, validators, collected, stakeMoves, byteFees: sum(fees) }
  const routed = routeEpoch(crypto, routing)
  const closed = closeEpoch({ epoch, opening, closing, validators, collected, authors, routed, lastSigners })

  const committer = new Committer(crypto)
  const payouts = routed.payouts.map(payout => ({ ...payout, creditAfter: closed.credits.get(payout.account)! }))
  const { root: stateRoot, pages: changedPages } = updateStateTree(crypto, pages, closing.changes)
  const sets = opening.sets()
  return {
    batchesRoot: batchesRoot(crypto, results),
    flowRoot: committer.flowRoot(routed.flows),
    payoutRoot: committer.payoutRoot(payouts, payout => closed.credits.get(payout.account)!),
    stateRoot,
    totals: closed.totals,
    usage: closed.usage,
    outcomes: results,
    flows: routed.flows,
    payouts,
    state: closing.changes,
    pages: changedPages,
    params,
    validators: sets.current,
    nextValidators: sets.next,
  }
}

function* registrationsOf(authors: readonly AuthorResult[]): Generator<[AccountKey, Registration]> {
  for (const { view } of authors) if (view.registration !== undefined) yield [view.author, view.registration]
}

function executePart(view: AuthorView, part: AuthorPart, results: BatchOutcome[]): AuthorHead {
  let { seq, head } = view.account
  for (const batch of part.batches()) {
    const follows = batch.seq === seq + 1 && (head === null ? batch.prev === null : batch.prev?.equals(head) === true)
    if (!follows)
      throw new CutError('chain', "a batch doesn't follow its author's last", { seq: batch.seq, expected: seq + 1 })
    results.push(executeBatch(view, part.author, batch))
    seq = batch.seq
    head = batch.cid
  }
  if (head === null || seq === view.account.seq) throw new CutError('empty-part', 'an author without new batches')
  return { seq, head }
}

function executeBatch(view: AuthorView, author: AccountKey, batch: Batch): BatchOutcome {
  const codes = new Uint8Array(batch.records.length)
  const settled: Amount[] = []
  for (let i = 0; i < batch.records.length; i++) {
    const record = batch.records[i]!
    view.at(batch.cid, i)
    const outcome = kindOf(record).apply(record, view)
    codes[i] = outcome
    if (outcome === outcomes.paid) settled.push(view.collected.paid.at(-1)!.settledAfter)
  }
  return { author, seq: batch.seq, batch: batch.cid, codes, settled }
}

/** A leaf per finalized batch, by (author, seq): [author, seq, CID, SHA-256 of its outcome codes]. */
export function batchesRoot(crypto: Crypto, results: readonly BatchOutcome[]): Uint8Array {
  return batchesRootOf(
    crypto,
    results.map(({ author, seq, batch, codes }) => ({ author, seq, batch, digest: crypto.sha256(codes) })),
  )
}

function sum(amounts: readonly Amount[]): Amount {
  let total = 0
  for (const amount of amounts) total = addAmounts(total, amount)
  return total
}
