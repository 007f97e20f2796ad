import { type Certificate, certificateOf } from '../../../consensus/agreement/certificate.ts'
import type { Effect, Rule } from '../../../consensus/agreement/effect.ts'
import type { Input } from '../../../consensus/agreement/input.ts'
import type { MessageType, VoteType } from '../../../consensus/agreement/message.ts'
import type { Proposal, ProposedValue, ValueName } from '../../../consensus/agreement/proposal.ts'
import { proposerOf } from '../../../consensus/agreement/proposer.ts'
import {
  type AgreementState,
  type EpochOptions,
  newEpoch,
  type OwnMessage,
} from '../../../consensus/agreement/state.ts'
import { step } from '../../../consensus/agreement/step.ts'
import { defaultTimeoutsMs } from '../../../consensus/agreement/timeouts.ts'
import type { ValidatorSet } from '../../../consensus/agreement/validator-set.ts'
import type { SignedVote } from '../../../consensus/agreement/vote.ts'
import { Cid } from '../../../consensus/cid.ts'

export const chain = Cid.fromDigest(new Uint8Array(32).fill(9))
export const epoch = 1
const signature = new Uint8Array(64)

/** Values by one letter; a second letter names another content of the same checkpoint. */
export type Letters = string | null

export function nameOf(letters: string): ValueName {
  const id = Cid.fromDigest(new Uint8Array(32).fill(letters.charCodeAt(0)))
  return { id, content: new Uint8Array(32).fill(letters.charCodeAt(1) || 0) }
}

export function validatorsOf(stakes: readonly number[]): ValidatorSet {
  return stakes.map((stake, i) => ({ account: String.fromCharCode(i), key: new Uint8Array(32).fill(i), stake }))
}

const four = validatorsOf([1, 1, 1, 1])

/** Of four equal validators: the proposer of a round, and the one that proposes in none of the first three. */
export const proposer = (round: number) => proposerOf(four, epoch, round)
export const listener = [0, 1, 2, 3].find(index => ![0, 1, 2].some(round => proposer(round) === index))!

/** A node led by hand. Like a host it feeds back what was signed; unlike one it answers nothing else by itself. */
export class Driver {
  state: AgreementState
  readonly #options: EpochOptions
  /** All effects so far, and those of the last input. */
  readonly effects: Effect[] = []
  last: Effect[] = []

  constructor(self: number | 'observer' = listener, stakes: readonly number[] = [1, 1, 1, 1]) {
    const validators = validatorsOf(stakes)
    const own = self === 'observer' ? undefined : self
    this.#options = { chain, epoch, validators, self: own, config: { timeoutsMs: defaultTimeoutsMs } }
    this.state = newEpoch(this.#options)
  }

  get options(): EpochOptions {
    return this.#options
  }

  /** The other validators. */
  get others(): number[] {
    return [...this.#options.validators.keys()].filter(index => index !== this.#options.self)
  }

  feed(input: Input): this {
    const { state, effects } = step(this.state, input)
    this.state = state
    this.last = effects
    this.effects.push(...effects)
    for (const effect of effects) if (effect.type === 'sign') this.#feedBack(effect.message)
    this.last = effects
    return this
  }

  #feedBack(message: OwnMessage): void {
    const validator = this.#options.self!
    if (message.type === 'proposal') {
      const { round, validRound, checkpoint, content } = message
      this.feed({
        type: 'proposal',
        proposal: { ...bare, id: checkpoint, content, round, validRound, validator, signature },
      })
    } else this.feed({ type: 'vote', vote: { ...message, validator, signature } })
  }

  start(): this {
    return this.feed({ type: 'start' })
  }

  /** A proposal of the round's proposer. */
  proposal(round: number, letters: string, validRound = -1): this {
    return this.feed({ type: 'proposal', proposal: this.makeProposal(round, letters, validRound) })
  }

  makeProposal(round: number, letters: string, validRound = -1): Proposal {
    const validator = proposerOf(this.#options.validators, epoch, round)
    return { ...bare, ...nameOf(letters), round, validRound, validator, signature }
  }

  /** A proposal and the host's judgement of it. */
  proposed(round: number, letters: string, validRound = -1, valid = true): this {
    return this.proposal(round, letters, validRound).judge(letters, valid)
  }

  /** Answers every open question about the value. */
  judge(letters: string, valid = true): this {
    const { id, content } = nameOf(letters)
    for (const check of this.checks(letters)) {
      this.feed({ type: 'verdict', id, content, round: check.round, fresh: check.fresh, valid })
    }
    return this
  }

  checks(letters: string): Extract<Effect, { type: 'check' }>[] {
    const { id, content } = nameOf(letters)
    return this.all('check').filter(check => check.id.equals(id) && check.content.join() === content.join())
  }

  prevotes(from: readonly number[], round: number, letters: Letters, validRound = -1): this {
    for (const validator of from)
      this.feed({ type: 'vote', vote: vote('prevote', validator, round, letters, validRound) })
    return this
  }

  precommits(from: readonly number[], round: number, letters: Letters): this {
    for (const validator of from) this.feed({ type: 'vote', vote: vote('precommit', validator, round, letters) })
    return this
  }

  timeout(step: 'propose' | 'prevote' | 'precommit', round: number): this {
    return this.feed({ type: 'timeout', step, round })
  }

  all<Type extends Effect['type']>(type: Type): Extract<Effect, { type: Type }>[] {
    return this.effects.filter(effect => effect.type === type) as Extract<Effect, { type: Type }>[]
  }

  /** What was given out to be signed, e.g. `prevote 0 A`, `proposal 1 A on 0`. */
  get said(): string[] {
    return this.all('sign').map(({ message }) => textOf(message))
  }

  get rules(): Rule[] {
    return this.all('trace').map(({ rule }) => rule)
  }

  /** `step round`, and the lock and valid value as letter and round. */
  get at(): string {
    return `${this.state.step} ${this.state.round}`
  }

  get locked(): string | undefined {
    return this.state.locked && `${letterOf(this.state.locked.value.id)} ${this.state.locked.round}`
  }

  get valid(): string | undefined {
    return this.state.valid && `${letterOf(this.state.valid.value.id)} ${this.state.valid.round}`
  }
}

const value: ProposedValue = { checkpoint: new Uint8Array(0), cut: [], lastCertificate: null }
const bare = { epoch, value }

export function vote(type: VoteType, validator: number, round: number, letters: Letters, validRound = -1): SignedVote {
  const checkpoint = letters === null ? null : nameOf(letters).id
  return { type, epoch, round, checkpoint, validRound, validator, signature }
}

export function certificate(
  type: VoteType,
  signers: readonly number[],
  round: number,
  letters: Letters,
  validRound = -1,
): Certificate {
  return certificateOf(signers.map(validator => vote(type, validator, round, letters, validRound)))
}

function letterOf(id: Cid | null): string {
  return id === null ? 'nil' : String.fromCharCode(id.digest[0]!)
}

function textOf({ type, round, checkpoint, validRound }: OwnMessage & { type: MessageType }): string {
  return `${type} ${round} ${letterOf(checkpoint)}${validRound >= 0 ? ` on ${validRound}` : ''}`
}
