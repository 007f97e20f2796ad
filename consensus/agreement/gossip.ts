import type { Cid } from '../cid.ts'
import { type Certificate, certificateOf } from './certificate.ts'
import type { VoteType } from './message.ts'
import { type Proposal, type ValueName, valueKey } from './proposal.ts'
import { proposalsIn, proposalsOf } from './proposal-keeper.ts'
import type { AgreementState } from './state.ts'
import { isMoreThanThird } from './validator-set.ts'
import { validValues } from './verdicts.ts'
import type { SignedVote } from './vote.ts'
import { ballotsIn, quorumsIn, type Tally, valueQuorums } from './vote-keeper.ts'

/** T8: what goes to peers besides the messages that `sign` asks for. All of it only reads the state. */

const voteTypes: readonly VoteType[] = ['prevote', 'precommit']

/** To be sent again on a timer of its own, progress or not. */
export interface CurrentMessages {
  /** Own. */
  readonly proposals: readonly Proposal[]
  /** Own, of this round and the one before: whoever is one round behind still needs those. */
  readonly votes: readonly SignedVote[]
  /** For peers behind: the commit; the polka of the valid value; what ended the last round, where that was nil. */
  readonly certificates: readonly Certificate[]
}

export function currentMessages(state: AgreementState): CurrentMessages {
  const { round, self, proposals } = state
  const ownVotes = [round - 1, round].flatMap(of => voteTypes.map(type => firstVoteOf(state, of, type, self)))
  return {
    proposals: proposalsIn(proposals, round).filter(({ validator }) => validator === self),
    votes: ownVotes.filter(vote => vote !== undefined),
    certificates: [commitCertificate(state), validPolka(state), nilCommit(state)].filter(found => found !== undefined),
  }
}

function firstVoteOf(
  { votes }: AgreementState,
  round: number,
  type: VoteType,
  self: number | undefined,
): SignedVote | undefined {
  return self === undefined ? undefined : ballotsIn(votes, round, type).first.get(self)
}

/** Grows with the precommits that arrive after the decision. */
export function commitCertificate(state: AgreementState): Certificate | undefined {
  const { decision } = state
  return decision && quorumCertificate(state, decision.round, 'precommit', decision.value.id)
}

/** The polka of the valid value. */
export function validPolka(state: AgreementState): Certificate | undefined {
  const { valid } = state
  return valid && quorumCertificate(state, valid.round, 'prevote', valid.value.id)
}

function nilCommit(state: AgreementState): Certificate | undefined {
  return quorumCertificate(state, state.round - 1, 'precommit', null)
}

function quorumCertificate(
  { votes }: AgreementState,
  round: number,
  type: VoteType,
  checkpoint: Cid | null,
): Certificate | undefined {
  const isOf = (tally: Tally) => tally.checkpoint?.key === checkpoint?.key
  const tally = quorumsIn(votes, round, type).find(isOf)
  return tally && certificateOf([...tally.votes.values()])
}

/** Whose votes of one round are here: bit i mod 8 of byte ⌊i/8⌋ for validator i. */
export interface VoteBitmap {
  readonly prevotes: Uint8Array
  readonly precommits: Uint8Array
}

export function voteBitmap(state: AgreementState, round: number): VoteBitmap {
  return { prevotes: bitmapOf(state, round, 'prevote'), precommits: bitmapOf(state, round, 'precommit') }
}

function bitmapOf({ votes, validators }: AgreementState, round: number, type: VoteType): Uint8Array {
  const bits = new Uint8Array(Math.ceil(validators.length / 8))
  for (const validator of ballotsIn(votes, round, type).first.keys()) bits[validator >> 3]! |= 1 << (validator & 7)
  return bits
}

/** The votes of a round that a peer with this bitmap lacks. A bitmap of any length will do. */
export function votesMissing(state: AgreementState, round: number, bitmap: VoteBitmap): SignedVote[] {
  return [
    ...missingFrom(state, round, 'prevote', bitmap.prevotes),
    ...missingFrom(state, round, 'precommit', bitmap.precommits),
  ]
}

function missingFrom({ votes }: AgreementState, round: number, type: VoteType, bits: Uint8Array): SignedVote[] {
  const isThere = (validator: number) => ((bits[validator >> 3] ?? 0) & (1 << (validator & 7))) !== 0
  return [...ballotsIn(votes, round, type).first.values()].filter(({ validator }) => !isThere(validator))
}

/** All proposals of a value that are here, for a peer that wants it. */
export function proposalsForPeer(state: AgreementState, id: Cid): Proposal[] {
  return proposalsOf(state.proposals, id)
}

/**
 * The values whose bytes the host must keep: what is locked, may be proposed again, or is still being judged; and what was
 * found valid, since a polka for it locks it even where its proposal was lost in a crash.
 */
export function neededValues({ locked, valid, decision, own, proposals, verdicts }: AgreementState): ValueName[] {
  const held = [locked, valid, decision].flatMap(at => (at === undefined ? [] : [at.value]))
  const proposed = own.flatMap(said =>
    said.type === 'proposal' ? [{ id: said.checkpoint, content: said.content }] : [],
  )
  const kept = [...proposals.rounds.values()].flat()
  return [...held, ...proposed, ...validValues(verdicts), ...kept].map(({ id, content }) => ({ id, content }))
}

/** Whether a rule may ask for a value now, and its batches are worth asking for: it is proposed in this round, or has a quorum. */
export function isInPlay({ round, proposals, votes }: AgreementState, value: ValueName): boolean {
  const key = valueKey(value)
  if (proposalsIn(proposals, round).some(proposal => valueKey(proposal) === key)) return true
  return voteTypes.some(type => valueQuorums(votes, type).some(({ checkpoint }) => checkpoint.equals(value.id)))
}

/** T9: more than 1/3 of the stake has been heard in this epoch, so that round 0 is due here too. */
export function hasThirdVoted({ votes, total }: AgreementState): boolean {
  let stake = 0
  votes.highest.forEach((round, validator) => {
    if (round >= 0) stake += votes.validators[validator]!.stake
  })
  return isMoreThanThird(stake, total)
}
