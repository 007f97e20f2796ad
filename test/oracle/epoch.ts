import type { Account, Ref, Validator } from './records.ts'
import type { StakeMove } from './stake.ts'
import type { AssetState, BuilderState, Parts, ProposalState, SessionState, State, ValidatorState } from './state.ts'

/** What a list of uses comes to: weights in ppm that sum to a million. */
export interface Named {
  /** Accepted and within reach. */
  readonly assets: Parts
  readonly unnamed: bigint
}

export interface PaidRecord {
  readonly builder: BuilderState
  readonly payee: Account
  readonly fee: bigint
  readonly named: Named
}

/** E1: what the records of one epoch leave to be applied after all of them. Nothing here is read by another author's record. */
export interface Epoch {
  readonly number: number
  readonly transfers: { readonly to: Account; readonly amount: bigint }[]
  readonly owners: Map<Ref, Account>
  readonly reviewers: Map<Ref, readonly Account[]>
  readonly verdicts: { readonly asset: AssetState; readonly reviewer: Account; readonly verdict: 'accept' | 'reject' }[]
  readonly expiries: { readonly session: SessionState; readonly expires: number }[]
  readonly paid: PaidRecord[]
  readonly attributions: Map<Ref, Named>
  readonly registrations: Map<Account, Validator>
  readonly stakeMoves: Map<string, StakeMove>
  readonly offences: {
    readonly name: string
    readonly key: string
    readonly validator: ValidatorState
    readonly accuser: Account
  }[]
  readonly proposals: Map<Ref, ProposalState>
  readonly ballots: { readonly proposal: ProposalState; readonly voter: Account; readonly yes: boolean }[]
}

export function newEpoch(number: number): Epoch {
  return {
    number,
    transfers: [],
    owners: new Map(),
    reviewers: new Map(),
    verdicts: [],
    expiries: [],
    paid: [],
    attributions: new Map(),
    registrations: new Map(),
    stakeMoves: new Map(),
    offences: [],
    proposals: new Map(),
    ballots: [],
  }
}

/** A record that needs something which isn't so: it changes nothing. */
export class Failure extends Error {}

export function need(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Failure(otherwise)
}

/** Finds what an author can see: all of earlier epochs, and what the author itself made in this one. */
export function visible<T extends { born: number; author: Account }>(
  all: ReadonlyMap<Ref, T>,
  ref: Ref,
  author: Account,
  epoch: Epoch,
): T | undefined {
  const found = all.get(ref)
  return found !== undefined && (found.born < epoch.number || found.author === author) ? found : undefined
}

/** Only the owner can hand something over, so only the owner sees within the epoch that it is gone. */
export function owns(author: Account, made: { ref: Ref; owner: Account }, epoch: Epoch): boolean {
  return made.owner === author && (epoch.owners.get(made.ref) ?? author) === author
}

/** E6, in the opening state: what this epoch brings isn't accepted yet. */
export function accepted(asset: AssetState, epoch: Epoch): boolean {
  if (asset.born >= epoch.number) return false
  if (!asset.datanet.reviewed) return true
  const verdicts = asset.datanet.reviewers.map(reviewer => asset.verdicts.get(reviewer))
  const count = (wanted: string) => verdicts.filter(verdict => verdict === wanted).length
  return count('accept') > count('reject')
}

/** Applies what is neither money nor its way: owners first, so that a hand-over counts in its own epoch's flow. */
export function applyChanges(state: State, epoch: Epoch): void {
  for (const [ref, owner] of epoch.owners) {
    const made = state.datanets.get(ref) ?? state.assets.get(ref) ?? state.builders.get(ref)
    if (made !== undefined) made.owner = owner
  }
  for (const [ref, reviewers] of epoch.reviewers) {
    const datanet = state.datanets.get(ref)
    if (datanet !== undefined) datanet.reviewers = reviewers
  }
  for (const { asset, reviewer, verdict } of epoch.verdicts) asset.verdicts.set(reviewer, verdict)
  for (const { session, expires } of epoch.expiries) session.expires = Math.min(session.expires, expires)
}
