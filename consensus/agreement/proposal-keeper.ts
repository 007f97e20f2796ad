import type { Cid } from '../cid.ts'
import { messageEquals } from './message.ts'
import { type Proposal, proposalMessage } from './proposal.ts'
import { futureRoundsMax, pastRoundsMax } from './vote-keeper.ts'

/** Proposals by round, in order of arrival. */
export interface ProposalKeeper {
  readonly rounds: ReadonlyMap<number, readonly Proposal[]>
}

export const emptyProposals: ProposalKeeper = { rounds: new Map() }

/**
 * A proposer that signs several proposals shows different ones to different peers, and the one that gets a polka need not be
 * the one that came first. What is beyond the bound can still be pulled once a quorum stands behind it.
 */
export const proposalsPerRoundMax = 4

/**
 * No signature of a quorum binds a checkpoint to its cut: its proposer can sign it with any number of cuts. Where some of these
 * leave no room for the true one, it comes with the proposal of a later round, or with the decision.
 */
export const contentsSoughtMax = 8

export interface KeptProposal {
  readonly keeper: ProposalKeeper
  /** The first one of its round, if this is another. */
  readonly rival: Proposal | undefined
}

/** `isSought`: a quorum stands behind its checkpoint, of which no content is known to be valid: it has room of its own. */
export function keepProposal(
  keeper: ProposalKeeper,
  proposal: Proposal,
  currentRound: number,
  isSought: boolean,
): KeptProposal {
  const ofRound = proposalsIn(keeper, proposal.round)
  const first = ofRound[0]
  const isKnown = ofRound.some(known => messageEquals(proposalMessage(known), proposalMessage(proposal)))
  if (isKnown) return { keeper, rival: undefined }
  // Like votes: who has the turn in a forgotten round could fill it again, and all others.
  const isForgotten = proposal.round < currentRound - pastRoundsMax
  const isAwaited = !isForgotten && isAmongHighest(keeper, proposal, currentRound)
  const hasRoom = ofRound.length < proposalsPerRoundMax && isAwaited
  const hasOwnRoom = isSought && proposalsOf(keeper, proposal.id).length < contentsSoughtMax
  if (!hasRoom && !hasOwnRoom) return { keeper, rival: first }
  const rounds = new Map(keeper.rounds).set(proposal.round, [...ofRound, proposal])
  return { keeper: { rounds: withoutLowest(rounds, proposal.validator, currentRound) }, rival: first }
}

/** Whether a future round is among the highest few that its proposer has proposals in. */
function isAmongHighest(keeper: ProposalKeeper, { round, validator }: Proposal, currentRound: number): boolean {
  const futures = futureRoundsOf(keeper.rounds, validator, currentRound)
  return futures.length < futureRoundsMax || round <= currentRound || round >= Math.min(...futures)
}

function withoutLowest(
  rounds: Map<number, readonly Proposal[]>,
  validator: number,
  currentRound: number,
): ReadonlyMap<number, readonly Proposal[]> {
  const futures = futureRoundsOf(rounds, validator, currentRound)
  if (futures.length > futureRoundsMax) rounds.delete(Math.min(...futures))
  return rounds
}

function futureRoundsOf(
  rounds: ReadonlyMap<number, readonly Proposal[]>,
  validator: number,
  currentRound: number,
): number[] {
  const futures: number[] = []
  for (const [round, [first]] of rounds) if (round > currentRound && first?.validator === validator) futures.push(round)
  return futures
}

export function proposalsIn(keeper: ProposalKeeper, round: number): readonly Proposal[] {
  return keeper.rounds.get(round) ?? []
}

/** All proposals of one value, whatever their round. */
export function proposalsOf(keeper: ProposalKeeper, id: Cid): Proposal[] {
  return [...keeper.rounds.values()].flat().filter(proposal => proposal.id.equals(id))
}

/** Forgets rounds below `floor`, but not the values in `ids`. */
export function pruneProposals(keeper: ProposalKeeper, floor: number, ids: readonly Cid[]): ProposalKeeper {
  const rounds = new Map<number, readonly Proposal[]>()
  for (const [round, proposals] of keeper.rounds) {
    const kept = round >= floor ? proposals : proposals.filter(({ id }) => ids.some(needed => needed.equals(id)))
    if (kept.length > 0) rounds.set(round, kept)
  }
  return { rounds }
}
