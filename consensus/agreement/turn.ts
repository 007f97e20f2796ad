import type { Facts } from '../errors.ts'
import type { Effect, Rule } from './effect.ts'
import type { Proposal } from './proposal.ts'
import { proposalsIn } from './proposal-keeper.ts'
import type { AgreementState, OwnMessage } from './state.ts'
import { type TimedStep, timeoutMs } from './timeouts.ts'
import { withVerdict } from './verdicts.ts'
import { ballotsIn } from './vote-keeper.ts'

/** One call of `step` in progress: the state so far, and what the host is to do. */
export interface Turn {
  state: AgreementState
  readonly effects: Effect[]
}

export function change(turn: Turn, changes: Partial<AgreementState>): void {
  turn.state = { ...turn.state, ...changes }
}

export function trace(turn: Turn, rule: Rule, facts: Facts = {}): void {
  turn.effects.push({ type: 'trace', rule, facts: { round: turn.state.round, step: turn.state.step, ...facts } })
}

/**
 * T7: gives a message out to be signed, never a second one for its (epoch, round, type). That (round, step) only grow makes
 * a second one impossible by itself; this also holds if an older state was restored and peers still know what was said.
 */
export function sign(turn: Turn, message: OwnMessage): void {
  const { state } = turn
  if (state.self === undefined) return
  if (hasSaid(state, state.self, message)) {
    trace(turn, 'T7', { type: message.type })
    return
  }
  change(turn, { own: [...state.own, message] })
  turn.effects.push({ type: 'sign', message })
}

function hasSaid(state: AgreementState, self: number, { type, round }: OwnMessage): boolean {
  if (state.own.some(said => said.type === type && said.round === round)) return true
  if (type !== 'proposal') return ballotsIn(state.votes, round, type).first.has(self)
  return proposalsIn(state.proposals, round).some(({ validator }) => validator === self)
}

export function setTimer(turn: Turn, step: TimedStep): void {
  const { round, config } = turn.state
  turn.effects.push({ type: 'timer', step, round, afterMs: timeoutMs(config.timeoutsMs, step, round) })
}

/** Asks the host for valid(v). */
export function ask(turn: Turn, proposal: Proposal, fresh: boolean): void {
  const { id, content, round } = proposal
  const question = { id, content, round, fresh }
  change(turn, { verdicts: withVerdict(turn.state.verdicts, question, 'asked') })
  turn.effects.push({ type: 'check', ...question, proposal })
}
