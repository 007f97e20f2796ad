import type { Cid } from '../cid.ts'
import { certificateOf } from './certificate.ts'
import type { Proposal } from './proposal.ts'
import { proposalsIn, proposalsOf } from './proposal-keeper.ts'
import type { AgreementState } from './state.ts'
import { ask, change, type Turn } from './turn.ts'
import { isFreshnessPending, validContentOf, verdictOn } from './verdicts.ts'
import { type ValueQuorum, valueQuorums } from './vote-keeper.ts'

/** What the rules wait for: asks the host to judge values, and to pull those that a quorum knows and this node doesn't. */
export function inquire(turn: Turn): void {
  if (turn.state.started && turn.state.decision === undefined) inquireIntoRound(turn)
  for (const quorum of openQuorums(turn.state)) inquireIntoQuorum(turn, quorum)
}

function inquireIntoRound(turn: Turn): void {
  for (const proposal of proposalsIn(turn.state.proposals, turn.state.round)) {
    const { step, locked, verdicts } = turn.state
    const isFresh = proposal.validRound === -1
    if (isFresh && step === 'propose' && locked === undefined) askOnce(turn, proposal, true)
    // A stale value matters only if others find it fresh enough for a polka.
    else if (!isFresh || verdictOn(verdicts, { ...proposal, fresh: true }) === undefined) askOnce(turn, proposal, false)
  }
}

function askOnce(turn: Turn, proposal: Proposal, fresh: boolean): void {
  if (verdictOn(turn.state.verdicts, { ...proposal, fresh }) === undefined) ask(turn, proposal, fresh)
}

/** Quorums for values that aren't known to be valid, as far as a rule could use them. */
function openQuorums({ votes, verdicts, decision, valid }: AgreementState): ValueQuorum[] {
  const polkas = decision === undefined ? valueQuorums(votes, 'prevote') : []
  const quorums = [...valueQuorums(votes, 'precommit'), ...polkas.filter(polka => polka.round > (valid?.round ?? -1))]
  return quorums.filter(({ checkpoint }) => {
    if (decision !== undefined) return !checkpoint.equals(decision.value.id)
    return validContentOf(verdicts, checkpoint) === undefined
  })
}

function inquireIntoQuorum(turn: Turn, quorum: ValueQuorum): void {
  const { checkpoint, round } = quorum
  if (turn.state.decision !== undefined) {
    reportDiverged(turn, quorum, 0)
    return
  }
  const contents = distinctContents(proposalsOf(turn.state.proposals, checkpoint))
  for (const proposal of contents) {
    if (!isFreshnessPending(turn.state.verdicts, proposal)) askOnce(turn, proposal, false)
  }
  const { verdicts } = turn.state
  if (contents.some(proposal => verdictOn(verdicts, { ...proposal, fresh: false }) !== 'invalid')) return
  want(turn, checkpoint, round, contents.length)
  if (contents.length > 0 && quorum.votes[0]?.type === 'precommit') reportDiverged(turn, quorum, contents.length)
}

function distinctContents(proposals: readonly Proposal[]): Proposal[] {
  return [...new Map(proposals.map(proposal => [proposal.content.join(), proposal])).values()]
}

/** Again only once another content was refused. */
function want(turn: Turn, id: Cid, round: number, refused: number): void {
  const key = `${id.key}/${refused}`
  if (turn.state.wanted.has(key)) return
  change(turn, { wanted: new Set(turn.state.wanted).add(key) })
  turn.effects.push({ type: 'want', id, round })
}

function reportDiverged(turn: Turn, { checkpoint, round, votes }: ValueQuorum, refused: number): void {
  const key = `${checkpoint.key}/${refused}`
  if (turn.state.diverged.has(key)) return
  change(turn, { diverged: new Set(turn.state.diverged).add(key) })
  turn.effects.push({ type: 'diverged', id: checkpoint, round, certificate: certificateOf(votes) })
}
