import { pruneProposals } from './proposal-keeper.ts'
import { proposerOf } from './proposer.ts'
import type { AgreementState, RoundValue } from './state.ts'
import { change, setTimer, sign, type Turn, trace } from './turn.ts'
import { keepVerdicts } from './verdicts.ts'
import { pastRoundsMax, pruneVotes, valueQuorums } from './vote-keeper.ts'

/** L11–L21. The proposer too sets the propose timer: its host may take long to build a value, or have none. */
export function startRound(turn: Turn, round: number): void {
  const { own } = turn.state
  change(turn, {
    round,
    step: 'propose',
    timersSet: new Set(),
    wanted: new Set(),
    own: own.filter(said => said.round >= round - 1),
  })
  forgetOldRounds(turn)
  trace(turn, 'L11', { proposer: proposerOf(turn.state.validators, turn.state.epoch, round) })
  setTimer(turn, 'propose')
  if (isProposer(turn.state)) propose(turn)
}

export function isProposer({ validators, epoch, round, self }: AgreementState): boolean {
  return self !== undefined && proposerOf(validators, epoch, round) === self
}

/** L15–L19. */
export function propose(turn: Turn): void {
  const { valid, round } = turn.state
  if (valid === undefined) {
    trace(turn, 'L18')
    turn.effects.push({ type: 'build', round })
  } else {
    trace(turn, 'L16', { id: valid.value.id, validRound: valid.round })
    signProposal(turn, valid)
  }
}

/** L19. `round` is that of the value's polka, −1 for a new value. */
export function signProposal(turn: Turn, { value, round: validRound }: RoundValue): void {
  const { epoch, round } = turn.state
  sign(turn, { type: 'proposal', epoch, round, checkpoint: value.id, validRound, content: value.content })
}

/** A commit or polka from before comes as a certificate, which is counted whatever its round. */
function forgetOldRounds(turn: Turn): void {
  const { round, locked, valid, votes, proposals, verdicts } = turn.state
  const floor = round - pastRoundsMax
  const needed = [locked, valid].flatMap(held => (held === undefined ? [] : [held.value]))
  const quorums = [...valueQuorums(votes, 'prevote'), ...valueQuorums(votes, 'precommit')]
  const ids = [...needed.map(({ id }) => id), ...quorums.map(({ checkpoint }) => checkpoint)]
  const kept = pruneProposals(proposals, floor, ids)
  change(turn, {
    votes: pruneVotes(votes, floor, valid?.round),
    proposals: kept,
    verdicts: keepVerdicts(verdicts, [...needed, ...[...kept.rounds.values()].flat()]),
  })
}
