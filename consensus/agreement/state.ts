import type { Cid } from '../cid.ts'
import type { UnsignedProposal, ValueName } from './proposal.ts'
import { emptyProposals, type ProposalKeeper } from './proposal-keeper.ts'
import type { TimeoutsMs } from './timeouts.ts'
import { totalStake, type ValidatorSet } from './validator-set.ts'
import { noVerdicts, type Verdicts } from './verdicts.ts'
import type { Vote } from './vote.ts'
import { emptyVotes, type VoteKeeper } from './vote-keeper.ts'

/** What stays the same through an epoch's agreement. */
export interface EpochOptions {
  readonly chain: Cid
  readonly epoch: number
  readonly validators: ValidatorSet
  /** Own index; undefined for an observer, which follows every rule and signs nothing. */
  readonly self: number | undefined
  readonly config: AgreementConfig
}

export interface AgreementConfig {
  readonly timeoutsMs: TimeoutsMs
}

export type Step = 'propose' | 'prevote' | 'precommit' | 'decided'

/** A value and the round of the polka that it had. */
export interface RoundValue {
  readonly round: number
  readonly value: ValueName
}

export type OwnMessage = Vote | UnsignedProposal

/** One node's view of one epoch's agreement. Immutable: `step` returns a new one and the old one stays usable. */
export interface AgreementState extends EpochOptions {
  /** µOPEN of the whole set. */
  readonly total: number
  /** −1 until `start`. */
  readonly round: number
  readonly step: Step
  /** False until `start`, also after `restore`. */
  readonly started: boolean
  /** lockedRound and lockedValue; undefined: −1 and nil. */
  readonly locked: RoundValue | undefined
  /** validRound and validValue. */
  readonly valid: RoundValue | undefined
  readonly decision: RoundValue | undefined
  readonly votes: VoteKeeper
  readonly proposals: ProposalKeeper
  readonly verdicts: Verdicts
  /** Own messages of this round and the one before: what was given out to be signed (T7). */
  readonly own: readonly OwnMessage[]
  /** Of this round: what happens "for the first time" only. */
  readonly timersSet: ReadonlySet<'prevote' | 'precommit'>
  /** Values asked from peers in this round, each with the number of contents that were known then. */
  readonly wanted: ReadonlySet<string>
  /** Validators with evidence given out. */
  readonly accused: ReadonlySet<number>
  /** Values reported as diverged, likewise. */
  readonly diverged: ReadonlySet<string>
}

/** The state before round 0. It takes messages and decides if others did, but votes only from `start` on. */
export function newEpoch(options: EpochOptions): AgreementState {
  const { chain, epoch, validators, self, config } = options
  return {
    chain,
    epoch,
    validators,
    self,
    config,
    total: totalStake(validators),
    round: -1,
    step: 'propose',
    started: false,
    locked: undefined,
    valid: undefined,
    decision: undefined,
    votes: emptyVotes(validators),
    proposals: emptyProposals,
    verdicts: noVerdicts,
    own: [],
    timersSet: new Set(),
    wanted: new Set(),
    accused: new Set(),
    diverged: new Set(),
  }
}
