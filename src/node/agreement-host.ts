import { encodeCertificate } from '../../consensus/agreement/certificate.ts'
import { restore } from '../../consensus/agreement/durable.ts'
import type { Effect } from '../../consensus/agreement/effect.ts'
import type { Evidence } from '../../consensus/agreement/evidence.ts'
import { hasThirdVoted, isInPlay, neededValues } from '../../consensus/agreement/gossip.ts'
import type { Input, Question } from '../../consensus/agreement/input.ts'
import { messageBytes } from '../../consensus/agreement/message.ts'
import { nameValue, type Proposal, type UnsignedProposal } from '../../consensus/agreement/proposal.ts'
import { proposerOf } from '../../consensus/agreement/proposer.ts'
import { type AgreementState, newEpoch } from '../../consensus/agreement/state.ts'
import { step } from '../../consensus/agreement/step.ts'
import { defaultTimeoutsMs, type TimeoutsMs } from '../../consensus/agreement/timeouts.ts'
import type { Vote } from '../../consensus/agreement/vote.ts'
import { decodeCheckpoint } from '../../consensus/checkpoint.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Log } from '../../network/log.ts'
import type { PeerText } from '../../network/peer.ts'
import type { VotesAnswer, VotesRequest } from '../../network/protocols/votes.ts'
import type { SigningKey } from '../crypto/signing-key.ts'
import { AgreementLog } from './agreement-log.ts'
import { type AgreementMessage, encodeAttempt, epochOf, isGenuine, type MessageVerdict } from './agreement-messages.ts'
import { AgreementTally } from './agreement-tally.ts'
import type { Timers } from './clock.ts'
import { buildCut, type CutContext } from './cut-builder.ts'
import { EarlyMessages } from './early-messages.ts'
import { EpochPause } from './epoch-pause.ts'
import { EpochReason } from './epoch-reason.ts'
import { EpochTimers } from './epoch-timers.ts'
import { type KnownValue, KnownValues } from './known-values.ts'
import type { Ledger } from './ledger.ts'
import { messagesToResend } from './resending.ts'
import type { Refusal, ValueJudge } from './value-judge.ts'
import { makeValue } from './value-maker.ts'
import { answerFinal, answerFrom, lacksOf } from './vote-exchange.ts'
import { VoteGuard } from './vote-guard.ts'

export interface AgreementHostOptions {
  readonly ledger: Ledger
  readonly judge: Pick<ValueJudge, 'judge'>
  readonly context: () => CutContext
  /** Resolves when the store has what the mempool had. */
  readonly written: () => Promise<void>
  /** Absent: an observer. */
  readonly voteKey: SigningKey | undefined
  readonly publish: (topic: 'proposals' | 'votes', bytes: Uint8Array) => void
  /** Peers have decided what this node can't: it should catch up. */
  readonly onBehind: () => void
  /** Whether the head is the network's, as far as this node can tell. */
  readonly isCurrent: () => boolean
  /** T12: two messages of one validator that contradict each other. */
  readonly onEvidence: (evidence: Evidence) => void
  readonly onFatal: (error: Error) => void
  readonly now: () => number
  /** Instead of the platform's. */
  readonly timers?: Timers
  readonly log: Log
  readonly timeoutsMs?: TimeoutsMs | undefined
  /** Instead of 60 s. */
  readonly idleMs?: number | undefined
}

/** How long a value whose batches can't be had waits until it is tried again, at first and at most. */
const retryMs = 250
const retryMsMax = 4_000

/** An input, and the value that it names for the first time. */
interface Queued {
  readonly input: Input
  readonly known: KnownValue | undefined
}

/**
 * Drives the reducer: carries out its effects in order and brings back their answers (T2). One input after the other; nothing
 * leaves before what it rests on is durable (T7).
 */
export class AgreementHost {
  readonly #options: AgreementHostOptions
  readonly #durable: AgreementLog
  readonly #early = new EarlyMessages()
  readonly guard: VoteGuard | undefined
  readonly tally = new AgreementTally()
  #state: AgreementState
  #values = new KnownValues()
  /** Checkpoints that a quorum stands behind and whose proposal isn't here. */
  readonly #wanted = new Map<string, Cid>()
  #inputs: Queued[] = []
  #isStepping = false
  #epochEnd = new AbortController()
  readonly #timers: EpochTimers
  readonly #pause: EpochPause
  readonly #reason: EpochReason
  #attempt = 0
  #haltAfter = Number.MAX_SAFE_INTEGER
  #running = false

  constructor(options: AgreementHostOptions) {
    this.#options = options
    this.#timers = new EpochTimers(options.timers)
    this.#pause = new EpochPause(this.#timers, options.idleMs, () => this.poke())
    this.#reason = new EpochReason(options.context)
    this.#durable = new AgreementLog(options.ledger.store.agreement)
    const { ledger, voteKey, isCurrent, log } = options
    this.guard = VoteGuard.of({
      slot: ledger.store.guard,
      key: voteKey?.publicKey,
      epoch: ledger.head.epoch,
      isCurrent,
      log,
    })
    this.#state = this.#openEpoch(this.#durable)
    options.ledger.onEpoch(() => this.#advance())
  }

  /** From here on it takes messages, and begins epochs: whom it asks for what it lacks must be there. */
  start(): void {
    this.#running = true
    this.#pause.begin(this.#options.ledger.head.params.epochMs)
  }

  get round(): number | null {
    return this.#state.started ? this.#state.round : null
  }

  get state(): AgreementState {
    return this.#state
  }

  /** It has begun an epoch that too few others see a reason for (T9). */
  get isAlone(): boolean {
    return this.#state.started && this.#state.decision === undefined && !hasThirdVoted(this.#state)
  }

  /** Proposed values in memory, each with its cut. */
  get heldValues(): number {
    return this.#values.all.size
  }

  /** Neither proposes nor votes beyond `epoch`. */
  haltAfter(epoch: number): void {
    this.#haltAfter = epoch
  }

  stop(): void {
    this.#running = false
    this.#closeEpoch()
  }

  /** A message from a peer: verified against the set of its epoch, then counted. */
  take(message: AgreementMessage, from: PeerText | undefined): MessageVerdict {
    const epoch = epochOf(message)
    const current = this.#state.epoch
    if (!this.#running || epoch < current || epoch > this.#haltAfter) return 'old'
    if (epoch > current + 1) return 'ahead'
    const { validators, nextValidators } = this.#options.ledger.head
    const set = epoch === current ? validators : nextValidators
    const { chain, crypto } = this.#options.ledger
    if (!isGenuine(crypto, chain, set, message)) return 'forged'
    this.guard?.heard(message, set)
    if (epoch > current) {
      this.#early.add(message)
      return 'early'
    }
    this.#count(message, from)
    return 'new'
  }

  /** T9, when something may have changed: a batch came, time passed. */
  poke(): void {
    const { started, epoch } = this.#state
    if (started || !this.#running || epoch > this.#haltAfter) return
    if (this.#isDue() || hasThirdVoted(this.#state)) this.#feed({ type: 'start' })
  }

  #isDue(): boolean {
    // Begun before a restart.
    const hasBegun = this.#state.round >= 0
    return this.#pause.isOver(() => hasBegun || this.#reason.find())
  }

  /** T8: own messages and certificates again, under a new attempt number. */
  resend(): void {
    this.#attempt++
    for (const message of messagesToResend(this.#state, this.#attempt)) this.#send(message)
  }

  /** T8: what this node lacks, for a peer to answer; undefined while there is nothing to ask. */
  lacks(): VotesRequest | undefined {
    return lacksOf(this.#state, [...this.#wanted.values()].at(-1))
  }

  /** T8: answers a peer's `lacks`. */
  answer(request: VotesRequest): VotesAnswer {
    if (request.epoch >= this.#state.epoch) return answerFrom(this.#state, request)
    return answerFinal(this.#options.ledger.store.epochs, request.epoch)
  }

  #count(message: AgreementMessage, from: PeerText | undefined): void {
    if (message.kind === 'proposal') {
      const { proposal } = message
      this.#feed({ type: 'proposal', proposal }, { name: proposal, value: proposal.value, from })
    } else if (message.kind === 'vote') this.#feed({ type: 'vote', vote: message.vote })
    else this.#feed({ type: 'certificate', certificate: message.certificate })
    this.poke()
  }

  #feed(input: Input, known?: KnownValue): void {
    if (!this.#running) return
    this.#inputs.push({ input, known })
    if (!this.#isStepping) void this.#run()
  }

  async #run(): Promise<void> {
    this.#isStepping = true
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
        const { epoch } = this.#state
        const { state, effects } = step(this.#state, next.input)
        this.#state = state
        if (next.known !== undefined) this.#values.keep(next.known, neededValues(this.#state))
        if (effects.some(({ type }) => type === 'sign')) await this.#durable.write(state, this.#values.all)
        // The epoch may have been finalized from elsewhere meanwhile: what was decided for it is void.
        if (this.#state.epoch !== epoch || !this.#running) continue
        for (const effect of effects) this.#carryOut(effect)
      }
    } catch (error) {
      if (this.#running) this.#options.onFatal(error as Error)
    } finally {
      this.#isStepping = false
    }
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'build':
        this.#background(() => this.#build(effect.round))
        break
      case 'check':
        this.#background(() => this.#check(effect, effect.proposal))
        break
      case 'sign':
        this.#sign(effect.message)
        break
      case 'timer':
        this.#timers.after(effect.afterMs, () =>
          this.#feed({ type: 'timeout', step: effect.step, round: effect.round }),
        )
        break
      case 'decide':
        this.#decide(effect).catch((error: Error) => {
          if (this.#running) this.#options.onFatal(error)
        })
        break
      case 'want':
        // The one that was asked for last is pulled.
        this.#wanted.delete(effect.id.key)
        this.#wanted.set(effect.id.key, effect.id)
        break
      case 'diverged':
        this.#options.log.error(
          { epoch: this.#state.epoch, round: effect.round, checkpoint: `${effect.id}` },
          'others decided what was refused',
        )
        this.#options.onBehind()
        break
      case 'evidence':
        this.tally.evidence++
        this.#options.onEvidence(effect.evidence)
        break
      case 'trace':
        this.tally.reached(effect.rule, this.#state.round, this.#options.now())
        this.#options.log.debug({ epoch: this.#state.epoch, rule: effect.rule, ...effect.facts }, 'agreement')
    }
  }

  /** Work beside the reducer; what it answers for an epoch that is over is dropped by the epoch's signal. */
  #background(work: () => Promise<void>): void {
    const { signal } = this.#epochEnd
    work().catch((error: Error) => {
      if (!signal.aborted) this.#options.onFatal(error)
    })
  }

  async #build(round: number): Promise<void> {
    const { signal } = this.#epochEnd
    const { ledger, context, written, now, log } = this.#options
    const cut = buildCut(context(), round)
    await written()
    const value = await makeValue(ledger, cut, now(), log)
    if (signal.aborted) return
    // What is proposed is held: durable like everything that others are asked to vote for.
    await ledger.store.sync()
    if (signal.aborted) return
    const name = nameValue(ledger.crypto, value)
    this.#feed({ type: 'built', round, value: name }, { name, value, from: undefined })
  }

  async #check(question: Question, proposal: Proposal): Promise<void> {
    const { signal } = this.#epochEnd
    const { judge, log } = this.#options
    const teller = this.#values.teller(question)
    let refusal: Refusal | 'missing' = 'missing'
    for (let waitMs = retryMs; refusal === 'missing'; waitMs = Math.min(2 * waitMs, retryMsMax)) {
      if (isInPlay(this.#state, question)) refusal = await judge.judge(proposal.value, question, teller, signal)
      else waitMs = retryMs
      if (refusal === 'missing') await this.#timers.sleep(waitMs)
      if (signal.aborted || this.#values.get(question) === undefined) return
    }
    const { id, content, round, fresh } = question
    if (refusal !== undefined)
      log.warn({ epoch: this.#state.epoch, round, checkpoint: `${id}`, refusal }, 'a proposed value is refused')
    this.#feed({ type: 'verdict', id, content, round, fresh, valid: refusal === undefined })
  }

  #sign(message: Vote | UnsignedProposal): void {
    const { voteKey, ledger, log } = this.#options
    const { self } = this.#state
    if (voteKey === undefined || self === undefined || message.epoch > this.#haltAfter) return
    const signature = voteKey.sign(messageBytes(ledger.chain, message))
    this.tally.said(message)
    if (message.type !== 'proposal') {
      const vote = { ...message, validator: self, signature }
      this.#feed({ type: 'vote', vote })
      this.#send({ kind: 'vote', vote })
      return
    }
    const { epoch, round, validRound, checkpoint: id, content } = message
    const value = this.#values.get({ id, content })
    if (value === undefined) {
      log.error({ epoch, round, checkpoint: `${id}` }, 'a value to be proposed is not here')
      return
    }
    const proposal: Proposal = { epoch, round, validRound, id, content, value, validator: self, signature }
    this.#feed({ type: 'proposal', proposal })
    this.#send({ kind: 'proposal', proposal })
  }

  #send(message: AgreementMessage): void {
    const topic = message.kind === 'proposal' ? 'proposals' : 'votes'
    this.#options.publish(topic, encodeAttempt(this.#attempt, message))
  }

  async #decide(effect: Extract<Effect, { type: 'decide' }>): Promise<void> {
    const { ledger } = this.#options
    const value = this.#values.get(effect)
    if (value === undefined) {
      this.#options.onBehind()
      return
    }
    const { epoch, validators, self } = this.#state
    const isProposer = proposerOf(validators, epoch, effect.round) === self
    await ledger.finalize({
      epoch,
      checkpoint: decodeCheckpoint(value.checkpoint),
      checkpointBlock: value.checkpoint,
      certificate: effect.certificate,
      certificateBlock: encodeCertificate(effect.certificate),
      cut: value.cut,
      lastCertificate: value.lastCertificate,
    })
    // Whoever proposed tells those who missed the votes.
    if (isProposer) this.#send({ kind: 'certificate', certificate: effect.certificate })
  }

  /** After an epoch became final, from here or from peers. */
  #advance(): void {
    this.tally.over(this.#options.now())
    this.#closeEpoch()
    this.guard?.final(this.#options.ledger.head, this.#state.own)
    this.#state = this.#openEpoch(undefined)
    if (!this.#running) return
    this.#pause.begin(this.#options.ledger.head.params.epochMs)
    for (const message of this.#early.take()) this.take(message, undefined)
  }

  #closeEpoch(): void {
    this.#epochEnd.abort()
    this.#epochEnd = new AbortController()
    this.#timers.clear()
    this.#inputs = []
    this.#values = new KnownValues()
    this.#wanted.clear()
    this.#reason.begin()
  }

  #openEpoch(log: AgreementLog | undefined): AgreementState {
    const { ledger, timeoutsMs = defaultTimeoutsMs } = this.#options
    const { validators } = ledger.head
    const epoch = ledger.head.epoch + 1
    const self = this.guard?.seat(epoch, validators)
    const options = { chain: ledger.chain, epoch, validators, self, config: { timeoutsMs } }
    const recovered = log?.read()
    if (recovered === undefined || recovered.durable.epoch !== options.epoch) return newEpoch(options)
    this.#values = new KnownValues(recovered.values)
    return restore(options, recovered.durable)
  }
}
