import type { Cid } from '../cid.ts'
import { certificateOf } from './certificate.ts'
import type { VoteType } from './message.ts'
import type { Proposal } from './proposal.ts'
import { proposalsIn } from './proposal-keeper.ts'
import { startRound } from './rounds.ts'
import type { AgreementState, RoundValue } from './state.ts'
import { change, setTimer, sign, type Turn, trace } from './turn.ts'
import { type Verdict, validContentOf, verdictOn } from './verdicts.ts'
import { hasPolka, hasQuorumOfAny, quorumsIn, reachedByThird, valueQuorums } from './vote-keeper.ts'

/**
 * The "upon" rules of arXiv 1807.04938, by their line, in the accountable variant (T1). Each looks at the whole state, does
 * its part if it is due, and tells whether it did; `step` tries them until none is due.
 *
 * valid(v) is an answer of the host that may come late: until then a rule that needs it isn't due, and timeouts go on. Where
 * the paper asks for the proposal of the round beside a quorum for it, the value is enough here, wherever it came from: a
 * quorum contains honest votes, and those were cast on a proposal.
 */
export type UponRule = (turn: Turn) => boolean

/** A new value: prevote it if it is valid and nothing is locked. */
export const L22: UponRule = turn => {
  const { state } = turn
  if (state.step !== 'propose') return false
  const proposals = proposalsIn(state.proposals, state.round).filter(({ validRound }) => validRound === -1)
  if (proposals.length === 0) return false
  // A locked validator's answer doesn't depend on the value (T1: no "or lockedValue = v").
  if (state.locked !== undefined) return prevote(turn, 'L22', null)
  const judged = judge(proposals, ({ id, content, round }) =>
    verdictOn(state.verdicts, { id, content, round, fresh: true }),
  )
  return judged === undefined ? false : prevote(turn, 'L22', judged)
}

/** A value with an earlier polka: prevote it if it is valid and the own lock is not newer than the polka. */
export const L28: UponRule = turn => {
  const { state } = turn
  if (state.step !== 'propose') return false
  const proposals = proposalsIn(state.proposals, state.round).filter(
    ({ id, validRound }) => validRound >= 0 && hasPolka(state.votes, validRound, id),
  )
  if (proposals.length === 0) return false
  const lockedRound = state.locked?.round ?? -1
  const judged = judge(proposals, ({ id, content, round, validRound }) =>
    validRound < lockedRound ? 'invalid' : verdictOn(state.verdicts, { id, content, round, fresh: false }),
  )
  return judged === undefined ? false : prevote(turn, 'L28', judged)
}

/** The first proposal that may be prevoted; null if none ever may; undefined while that is open. */
function judge(
  proposals: readonly Proposal[],
  verdictOf: (proposal: Proposal) => Verdict | undefined,
): Proposal | null | undefined {
  const good = proposals.find(proposal => verdictOf(proposal) === 'valid')
  if (good !== undefined) return good
  return proposals.every(proposal => verdictOf(proposal) === 'invalid') ? null : undefined
}

/** Votes of every kind, for the first time: the prevote step won't last for ever. */
export const L34: UponRule = turn => {
  const { step, timersSet, votes, round } = turn.state
  if (step !== 'prevote' || timersSet.has('prevote') || !hasQuorumOfAny(votes, round, 'prevote')) return false
  return startTimer(turn, 'L34', 'prevote')
}

/** A polka in this round, for the first time: lock and precommit if there is still time to, and remember the value. */
export const L36: UponRule = turn => {
  const { state } = turn
  if (state.step !== 'prevote' && state.step !== 'precommit') return false
  if (state.valid?.round === state.round) return false
  for (const { checkpoint } of quorumsIn(state.votes, state.round, 'prevote')) {
    const value = checkpoint === null ? undefined : validContentOf(state.verdicts, checkpoint)
    if (value === undefined) continue
    const held: RoundValue = { round: state.round, value }
    trace(turn, 'L36', { id: value.id })
    change(turn, { valid: held })
    if (state.step === 'prevote') {
      change(turn, { locked: held })
      precommit(turn, value.id)
    }
    return true
  }
  return false
}

/**
 * L42 for an earlier round. The paper remembers a polka's value only while in its round; whoever hears of it later would go
 * on proposing values that the locked ones refuse, until one of those happens to be the proposer. What is remembered is only
 * ever proposed, together with the polka, so this touches no lock.
 */
export const L42: UponRule = turn => {
  const { valid, round, verdicts, votes } = turn.state
  for (const quorum of valueQuorums(votes, 'prevote')) {
    if (quorum.round >= round) continue
    if (quorum.round <= (valid?.round ?? -1)) return false
    const value = validContentOf(verdicts, quorum.checkpoint)
    if (value === undefined) continue
    trace(turn, 'L42', { id: value.id, polka: quorum.round })
    change(turn, { valid: { round: quorum.round, value } })
    return true
  }
  return false
}

/** A polka for nil: nothing to wait for. */
export const L44: UponRule = turn => {
  const { step, votes, round } = turn.state
  if (step !== 'prevote' || !quorumsIn(votes, round, 'prevote').some(({ checkpoint }) => checkpoint === null))
    return false
  trace(turn, 'L44')
  precommit(turn, null)
  return true
}

/** Precommits of every kind, for the first time: the round won't last for ever. */
export const L47: UponRule = turn => {
  const { timersSet, votes, round } = turn.state
  if (timersSet.has('precommit') || !hasQuorumOfAny(votes, round, 'precommit')) return false
  return startTimer(turn, 'L47', 'precommit')
}

/** A commit of any round. Once decided, no rule is tried again. */
export const L49: UponRule = turn => {
  const { state } = turn
  for (const { round, checkpoint, votes } of valueQuorums(state.votes, 'precommit')) {
    const value = validContentOf(state.verdicts, checkpoint)
    if (value === undefined) continue
    trace(turn, 'L49', { id: value.id, commit: round })
    change(turn, { step: 'decided', decision: { round, value } })
    turn.effects.push({ type: 'decide', ...value, round, certificate: certificateOf(votes) })
    return true
  }
  return false
}

/** More than 1/3 of the stake is further. */
export const L55: UponRule = turn => {
  const { votes, round } = turn.state
  const due = reachedByThird(votes)
  if (due <= round) return false
  trace(turn, 'L55', { due })
  startRound(turn, due)
  return true
}

/** The propose timer ran out. */
export function L57(turn: Turn, round: number): void {
  if (turn.state.round === round && turn.state.step === 'propose') prevote(turn, 'L57', null)
}

/** The prevote timer ran out. */
export function L61(turn: Turn, round: number): void {
  if (turn.state.round !== round || turn.state.step !== 'prevote') return
  trace(turn, 'L61')
  precommit(turn, null)
}

/** The precommit timer ran out. */
export function L65(turn: Turn, round: number): void {
  if (turn.state.round !== round || turn.state.step === 'decided') return
  trace(turn, 'L65')
  startRound(turn, round + 1)
}

function prevote(turn: Turn, rule: 'L22' | 'L28' | 'L57', proposal: Proposal | null): true {
  const { epoch, round } = turn.state
  trace(turn, rule, { id: proposal?.id ?? null })
  const checkpoint = proposal?.id ?? null
  change(turn, { step: 'prevote' })
  sign(turn, { type: 'prevote', epoch, round, checkpoint, validRound: proposal?.validRound ?? -1 })
  return true
}

function precommit(turn: Turn, checkpoint: Cid | null): void {
  const { epoch, round } = turn.state
  change(turn, { step: 'precommit' })
  sign(turn, { type: 'precommit', epoch, round, checkpoint, validRound: -1 })
}

function startTimer(turn: Turn, rule: 'L34' | 'L47', step: VoteType): true {
  trace(turn, rule)
  change(turn, { timersSet: new Set(turn.state.timersSet).add(step) })
  setTimer(turn, step)
  return true
}

/** In which order they are tried: what is decided needs no round, and what another round needs, none of this one's. */
export const uponRules: readonly UponRule[] = [L49, L55, L28, L22, L36, L42, L44, L34, L47]

/** T9: before round 0 a node only takes note; what others decided holds for it all the same. */
export function rulesFor({ started, decision }: AgreementState): readonly UponRule[] {
  if (decision !== undefined) return []
  return started ? uponRules : [L49]
}
