import type { Cid } from '../cid.ts'
import { type Certificate, votesOf } from './certificate.ts'
import { offenceOf } from './evidence.ts'
import { messageEquals, type VoteType } from './message.ts'
import { isMoreThanThird, isQuorum, totalStake, type ValidatorSet } from './validator-set.ts'
import type { SignedVote } from './vote.ts'

/** Votes that count together (T1): equal in type, round, checkpoint and validRound. */
export interface Tally {
  readonly checkpoint: Cid | null
  readonly validRound: number
  /** µOPEN. */
  readonly stake: number
  readonly votes: ReadonlyMap<number, SignedVote>
}

/** The votes of one type in one round. */
export interface Ballots {
  /** By validator: the vote that came first. */
  readonly first: ReadonlyMap<number, SignedVote>
  /** µOPEN of all who voted, for whatever. */
  readonly stake: number
  readonly tallies: ReadonlyMap<string, Tally>
}

export type RoundVotes = Readonly<Record<VoteType, Ballots>>

export interface VoteKeeper {
  readonly validators: ValidatorSet
  /** µOPEN. */
  readonly total: number
  readonly rounds: ReadonlyMap<number, RoundVotes>
  /** By validator: the highest round it was heard in, −1 if in none. All that L55 needs, whatever else is dropped. */
  readonly highest: readonly number[]
}

export type VotePair = readonly [SignedVote, SignedVote]

export interface Counted {
  readonly keeper: VoteKeeper
  /** T12: votes of one validator that no honest one signs both of. */
  readonly conflicts: readonly VotePair[]
}

/** One validator's votes are kept in at most so many rounds ahead of the own, the highest ones: a round costs it nothing. */
export const futureRoundsMax = 3
/** Rounds behind the own in which single votes are still kept. What older rounds agreed on comes as certificates. */
export const pastRoundsMax = 16

export function emptyVotes(validators: ValidatorSet): VoteKeeper {
  const highest = validators.map(() => -1)
  return { validators, total: totalStake(validators), rounds: new Map(), highest }
}

/** The first vote of a validator in a round counts; another one is a conflict. */
export function countVote(keeper: VoteKeeper, vote: SignedVote, currentRound: number): Counted {
  const heard = noteHeard(keeper, vote.validator, vote.round)
  if (vote.round < currentRound - pastRoundsMax) return { keeper: heard, conflicts: [] }
  const roomy = makeRoom(heard, vote, currentRound)
  if (roomy === undefined) return { keeper: heard, conflicts: [] }
  return { keeper: countFirst(roomy, vote), conflicts: conflictsOf(roomy, vote) }
}

/**
 * The votes of a verified certificate count together even where a signer's other vote came first: an equivocator could
 * otherwise hide a polka from whoever heard its other vote before.
 */
export function countCertificate(keeper: VoteKeeper, certificate: Certificate): Counted {
  const conflicts: VotePair[] = []
  let counted = keeper
  for (const vote of votesOf(certificate)) {
    const heard = noteHeard(counted, vote.validator, vote.round)
    conflicts.push(...conflictsOf(heard, vote))
    counted = addToTally(countFirst(heard, vote), vote)
  }
  return { keeper: counted, conflicts }
}

/** A proposal too is a message that L55 counts. */
export function noteHeard(keeper: VoteKeeper, validator: number, round: number): VoteKeeper {
  if (keeper.highest[validator]! >= round) return keeper
  return { ...keeper, highest: keeper.highest.with(validator, round) }
}

/** Drops the validator's lowest future round where a higher one needs the place; undefined where the vote itself must go. */
function makeRoom(keeper: VoteKeeper, vote: SignedVote, currentRound: number): VoteKeeper | undefined {
  if (vote.round <= currentRound) return keeper
  const futures = [...keeper.rounds.keys()].filter(
    round => round > currentRound && hasVoted(keeper.rounds.get(round)!, vote.validator),
  )
  if (futures.length < futureRoundsMax || futures.includes(vote.round)) return keeper
  const lowest = Math.min(...futures)
  return vote.round < lowest ? undefined : withoutVoter(keeper, lowest, vote.validator)
}

function hasVoted(votes: RoundVotes, validator: number): boolean {
  return votes.prevote.first.has(validator) || votes.precommit.first.has(validator)
}

function withoutVoter(keeper: VoteKeeper, round: number, validator: number): VoteKeeper {
  const votes = keeper.rounds.get(round)!
  const rest = (ballots: Ballots) => [...ballots.first.values()].filter(vote => vote.validator !== validator)
  let without: VoteKeeper = { ...keeper, rounds: new Map(keeper.rounds) }
  ;(without.rounds as Map<number, RoundVotes>).delete(round)
  for (const vote of [...rest(votes.prevote), ...rest(votes.precommit)]) without = countFirst(without, vote)
  return without
}

function countFirst(keeper: VoteKeeper, vote: SignedVote): VoteKeeper {
  const ballots = ballotsIn(keeper, vote.round, vote.type)
  if (ballots.first.has(vote.validator)) return keeper
  const first = new Map(ballots.first).set(vote.validator, vote)
  const stake = ballots.stake + stakeOf(keeper, vote)
  return addToTally(withBallots(keeper, vote, { ...ballots, first, stake }), vote)
}

function addToTally(keeper: VoteKeeper, vote: SignedVote): VoteKeeper {
  const ballots = ballotsIn(keeper, vote.round, vote.type)
  const key = tallyKey(vote.checkpoint, vote.validRound)
  const tally = ballots.tallies.get(key)
  if (tally?.votes.has(vote.validator)) return keeper
  const next: Tally = {
    checkpoint: vote.checkpoint,
    validRound: vote.validRound,
    stake: (tally?.stake ?? 0) + stakeOf(keeper, vote),
    votes: new Map(tally?.votes).set(vote.validator, vote),
  }
  return withBallots(keeper, vote, { ...ballots, tallies: new Map(ballots.tallies).set(key, next) })
}

function withBallots(keeper: VoteKeeper, { round, type }: SignedVote, ballots: Ballots): VoteKeeper {
  const votes = keeper.rounds.get(round) ?? noRoundVotes
  return { ...keeper, rounds: new Map(keeper.rounds).set(round, { ...votes, [type]: ballots }) }
}

function stakeOf(keeper: VoteKeeper, vote: SignedVote): number {
  return keeper.validators[vote.validator]!.stake
}

function tallyKey(checkpoint: Cid | null, validRound: number): string {
  return `${validRound}/${checkpoint?.key ?? 'nil'}`
}

const noBallots: Ballots = { first: new Map(), stake: 0, tallies: new Map() }
const noRoundVotes: RoundVotes = { prevote: noBallots, precommit: noBallots }

export function ballotsIn(keeper: VoteKeeper, round: number, type: VoteType): Ballots {
  return keeper.rounds.get(round)?.[type] ?? noBallots
}

/** T12: what the vote contradicts among the same validator's votes, in its round and, for locks, in all others. */
function conflictsOf(keeper: VoteKeeper, vote: SignedVote): VotePair[] {
  const same = ballotsIn(keeper, vote.round, vote.type).first.get(vote.validator)
  if (same !== undefined && !messageEquals(same, vote)) return [[same, vote]]
  const otherType = vote.type === 'prevote' ? 'precommit' : 'prevote'
  for (const votes of keeper.rounds.values()) {
    const other = votes[otherType].first.get(vote.validator)
    if (other !== undefined && offenceOf(other, vote) === 'amnesia') return [[other, vote]]
  }
  return []
}

/** More than 2/3 of the stake voted in the round, for whatever. */
export function hasQuorumOfAny(keeper: VoteKeeper, round: number, type: VoteType): boolean {
  return isQuorum(ballotsIn(keeper, round, type).stake, keeper.total)
}

/** The tallies that are quorums: at most one, as long as less than 1/3 of the stake lies. */
export function quorumsIn(keeper: VoteKeeper, round: number, type: VoteType): Tally[] {
  const { tallies } = ballotsIn(keeper, round, type)
  return [...tallies.values()].filter(({ stake }) => isQuorum(stake, keeper.total))
}

export function hasPolka(keeper: VoteKeeper, round: number, checkpoint: Cid): boolean {
  return quorumsIn(keeper, round, 'prevote').some(tally => tally.checkpoint?.equals(checkpoint))
}

/** A quorum for a checkpoint. */
export interface ValueQuorum {
  readonly round: number
  readonly checkpoint: Cid
  readonly votes: readonly SignedVote[]
}

/** All quorums of the type for checkpoints, the latest round first. */
export function valueQuorums(keeper: VoteKeeper, type: VoteType): ValueQuorum[] {
  const quorums: ValueQuorum[] = []
  for (const round of keeper.rounds.keys()) {
    for (const { checkpoint, votes } of quorumsIn(keeper, round, type)) {
      if (checkpoint !== null) quorums.push({ round, checkpoint, votes: [...votes.values()] })
    }
  }
  return quorums.sort((a, b) => b.round - a.round)
}

/**
 * L55: the highest round that more than 1/3 of the stake has reached, −1 if none. Who was heard in round 9 has passed round 7:
 * one of them is honest, so the round is due, even if no single round was heard of from all of them.
 */
export function reachedByThird(keeper: VoteKeeper): number {
  const byRound = keeper.highest.map((round, validator) => ({ round, stake: keeper.validators[validator]!.stake }))
  byRound.sort((a, b) => b.round - a.round)
  let stake = 0
  for (const entry of byRound) {
    stake += entry.stake
    if (isMoreThanThird(stake, keeper.total)) return entry.round
  }
  return -1
}

/** Forgets rounds below `floor`, except `kept`. */
export function pruneVotes(keeper: VoteKeeper, floor: number, kept: number | undefined): VoteKeeper {
  const isKept = (round: number) => round >= floor || round === kept
  return { ...keeper, rounds: new Map([...keeper.rounds].filter(([round]) => isKept(round))) }
}
