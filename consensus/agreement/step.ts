import type { Cid } from '../cid.ts'
import type { Certificate } from './certificate.ts'
import type { Effect } from './effect.ts'
import type { SignedMessage } from './evidence.ts'
import type { Input, Question } from './input.ts'
import { inquire } from './inquiry.ts'
import { type Proposal, proposalMessage, type ValueName } from './proposal.ts'
import { keepProposal } from './proposal-keeper.ts'
import { proposerOf } from './proposer.ts'
import { isProposer, propose, signProposal, startRound } from './rounds.ts'
import { L57, L61, L65, rulesFor } from './rules.ts'
import type { AgreementState } from './state.ts'
import type { TimedStep } from './timeouts.ts'
import { change, setTimer, type Turn } from './turn.ts'
import { validContentOf, verdictOn, withVerdict } from './verdicts.ts'
import type { SignedVote } from './vote.ts'
import { type Counted, countCertificate, countVote, noteHeard, valueQuorums } from './vote-keeper.ts'

/**
 * T2: the agreement of one epoch as a pure function. The state passed in stays as it is. Effects are to be carried out in
 * order; their answers come back as inputs. Messages of other epochs and of unknown validators change nothing.
 */
export function step(state: AgreementState, input: Input): { state: AgreementState; effects: Effect[] } {
  const turn: Turn = { state, effects: [] }
  take(turn, input)
  while (rulesFor(turn.state).some(rule => rule(turn)));
  inquire(turn)
  return { state: turn.state, effects: turn.effects }
}

function take(turn: Turn, input: Input): void {
  if (input.type === 'start') start(turn)
  else if (input.type === 'proposal') takeProposal(turn, input.proposal)
  else if (input.type === 'vote') takeVote(turn, input.vote)
  else if (input.type === 'certificate') takeCertificate(turn, input.certificate)
  else if (input.type === 'built') takeBuilt(turn, input.round, input.value)
  else if (input.type === 'verdict') takeVerdict(turn, input, input.valid)
  else takeTimeout(turn, input.step, input.round)
}

function start(turn: Turn): void {
  const { started, decision, round } = turn.state
  if (started || decision !== undefined) return
  change(turn, { started: true })
  if (round === -1) startRound(turn, 0)
  else resume(turn)
}

/**
 * After a restart: what was given out to be signed may not have left, and the timer and the question for a value are lost.
 * The other timers follow from the votes that come again.
 */
function resume(turn: Turn): void {
  const { own, round, step } = turn.state
  for (const message of own) turn.effects.push({ type: 'sign', message })
  if (step !== 'propose') return
  setTimer(turn, 'propose')
  const hasProposed = own.some(said => said.type === 'proposal' && said.round === round)
  if (isProposer(turn.state) && !hasProposed) propose(turn)
}

function takeProposal(turn: Turn, proposal: Proposal): void {
  const { epoch, validators, votes, proposals, round } = turn.state
  if (proposal.epoch !== epoch || proposal.validator !== proposerOf(validators, epoch, proposal.round)) return
  const { keeper, rival } = keepProposal(proposals, proposal, round, isSought(turn.state, proposal.id))
  change(turn, { proposals: keeper, votes: noteHeard(votes, proposal.validator, proposal.round) })
  if (rival !== undefined) accuse(turn, proposal.validator, signedProposal(rival), signedProposal(proposal))
}

function isSought({ votes, verdicts, decision }: AgreementState, id: Cid): boolean {
  if (decision !== undefined || validContentOf(verdicts, id) !== undefined) return false
  const quorums = [...valueQuorums(votes, 'precommit'), ...valueQuorums(votes, 'prevote')]
  return quorums.some(({ checkpoint }) => checkpoint.equals(id))
}

function takeVote(turn: Turn, vote: SignedVote): void {
  const { epoch, validators, votes, round } = turn.state
  if (vote.epoch !== epoch || validators[vote.validator] === undefined) return
  takeCounted(turn, countVote(votes, vote, round))
}

function takeCertificate(turn: Turn, certificate: Certificate): void {
  const { epoch, validators, votes } = turn.state
  if (certificate.epoch !== epoch) return
  if (certificate.signatures.some(([validator]) => validators[validator] === undefined)) return
  takeCounted(turn, countCertificate(votes, certificate))
}

function takeCounted(turn: Turn, { keeper, conflicts }: Counted): void {
  change(turn, { votes: keeper })
  for (const [first, second] of conflicts) accuse(turn, first.validator, signedVote(first), signedVote(second))
}

/** T13: one proven offence per validator and epoch is all that counts. */
function accuse(turn: Turn, validator: number, first: SignedMessage, second: SignedMessage): void {
  const { accused, validators } = turn.state
  if (accused.has(validator)) return
  change(turn, { accused: new Set(accused).add(validator) })
  const { key } = validators[validator]!
  turn.effects.push({ type: 'evidence', validator, evidence: { key, pair: [first, second] } })
}

function signedVote({ validator: _, ...message }: SignedVote): SignedMessage {
  return message
}

function signedProposal(proposal: Proposal): SignedMessage {
  return { ...proposalMessage(proposal), signature: proposal.signature }
}

/** L18 continued. A polka that was heard of meanwhile goes first (L15). What one built oneself needs no judgement. */
function takeBuilt(turn: Turn, round: number, value: ValueName | undefined): void {
  const { state } = turn
  if (round !== state.round || state.step !== 'propose' || !state.started || !isProposer(state)) return
  if (state.valid !== undefined) {
    propose(turn)
    return
  }
  if (value === undefined) return
  const { id, content } = value
  change(turn, { verdicts: withVerdict(state.verdicts, { id, content, round, fresh: true }, 'valid') })
  signProposal(turn, { round: -1, value: { id, content } })
}

function takeVerdict(turn: Turn, question: Question, valid: boolean): void {
  const { verdicts } = turn.state
  if (verdictOn(verdicts, question) !== 'asked') return
  change(turn, { verdicts: withVerdict(verdicts, question, valid ? 'valid' : 'invalid') })
}

function takeTimeout(turn: Turn, step: TimedStep, round: number): void {
  if (!turn.state.started) return
  if (step === 'propose') L57(turn, round)
  else if (step === 'prevote') L61(turn, round)
  else L65(turn, round)
}
