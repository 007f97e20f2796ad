import { decodeDurable, encodeDurable, restore } from '../../../consensus/agreement/durable.ts'
import type { Effect } from '../../../consensus/agreement/effect.ts'
import { currentMessages, proposalsForPeer, voteBitmap, votesMissing } from '../../../consensus/agreement/gossip.ts'
import type { Input } from '../../../consensus/agreement/input.ts'
import { messageBytes } from '../../../consensus/agreement/message.ts'
import {
  type Proposal,
  type ProposedValue,
  proposalMessage,
  type UnsignedProposal,
  valueKey,
} from '../../../consensus/agreement/proposal.ts'
import { type AgreementState, type EpochOptions, newEpoch } from '../../../consensus/agreement/state.ts'
import { step } from '../../../consensus/agreement/step.ts'
import type { SignedVote, Vote } from '../../../consensus/agreement/vote.ts'
import { toHex } from '../../../consensus/bytes.ts'
import type { Cid } from '../../../consensus/cid.ts'
import { noSignature, type Packet, type World } from './world.ts'

/** What a crash leaves. */
interface Disk {
  durable: Uint8Array | undefined
  readonly values: Map<string, ProposedValue>
  readonly proposals: Map<string, Proposal>
}

export interface Hazards {
  /** Probability that a crash hits at any one point of carrying out a `sign`, before the network heals. */
  readonly crashAtSign: number
  /** Probability that a fresh value seems stale here, before the network heals. */
  readonly stale: number
  readonly executionMsMax: number
  readonly downMsMax: number
}

const resendMs = 400

/** A host around the reducer that keeps to the contract, on a machine that may crash between any two effects. */
export class HonestNode {
  readonly #world: World
  readonly #id: number
  readonly #options: EpochOptions
  readonly #hazards: Hazards
  readonly #disk: Disk = { durable: undefined, values: new Map(), proposals: new Map() }
  readonly #wanted = new Map<string, Cid>()
  readonly #inbox: Input[] = []
  #state: AgreementState
  /** Counts lives: a callback of an earlier one is void. */
  #life = 0
  #isUp = true
  #isBusy = false
  hasDecided = false

  constructor(world: World, id: number, self: number | undefined, hazards: Hazards) {
    const { chain, epoch, validators, config } = world
    this.#world = world
    this.#id = id
    this.#hazards = hazards
    this.#options = { chain, epoch, validators, self, config }
    this.#state = newEpoch(this.#options)
    world.network.join((packet, from) => this.#receive(packet, from))
    this.#after(world.random.next() * 500, () => this.#feed({ type: 'start' }))
    this.#tick()
  }

  get round(): number {
    return this.#state.round
  }

  /** Power goes, and comes back later. */
  crash(): void {
    this.#isUp = false
    this.#life++
    this.#inbox.length = 0
    this.#wanted.clear()
    this.#world.clock.after(this.#world.random.next() * this.#hazards.downMsMax, () => this.#restart())
  }

  #restart(): void {
    if (this.#isUp) return
    this.#isUp = true
    const { durable, proposals } = this.#disk
    const started = durable === undefined ? newEpoch(this.#options) : restore(this.#options, decodeDurable(durable))
    this.#state = started
    for (const proposal of proposals.values()) this.#feed({ type: 'proposal', proposal })
    this.#feed({ type: 'start' })
    this.#tick()
  }

  #after(delayMs: number, run: () => void): void {
    const life = this.#life
    this.#world.clock.after(delayMs, () => {
      if (this.#life === life) run()
    })
  }

  #feed(input: Input): void {
    if (!this.#isUp) return
    this.#inbox.push(input)
    if (this.#isBusy) return
    this.#isBusy = true
    for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
      const { state, effects } = step(this.#state, next)
      this.#state = state
      for (const effect of effects) if (this.#isUp) this.#perform(effect)
    }
    this.#isBusy = false
  }

  #perform(effect: Effect): void {
    if (effect.type === 'build') this.#build(effect.round)
    else if (effect.type === 'check') this.#check(effect)
    else if (effect.type === 'sign') this.#sign(effect.message)
    else if (effect.type === 'decide') this.#decide(effect)
    else if (effect.type === 'want') this.#wanted.set(effect.id.key, effect.id)
    else if (effect.type === 'evidence') this.#world.oracle.accused(effect.validator)
    else if (effect.type === 'timer') {
      const { step, round, afterMs } = effect
      this.#after(afterMs, () => this.#feed({ type: 'timeout', step, round }))
    }
  }

  #build(round: number): void {
    const { values, random } = this.#world
    const { value, name } = values.make(true)
    this.#disk.values.set(valueKey(name), value)
    this.#after(random.next() * this.#hazards.executionMsMax, () => this.#feed({ type: 'built', round, value: name }))
  }

  #check({ proposal, id, content, round, fresh }: Extract<Effect, { type: 'check' }>): void {
    const { values, network, random } = this.#world
    const seemsStale = fresh && !network.isHealed && random.chance(this.#hazards.stale)
    const valid = values.isValid(proposal) && !seemsStale
    this.#after(random.next() * this.#hazards.executionMsMax, () => {
      if (valid) {
        this.#disk.values.set(valueKey(proposal), proposal.value)
        this.#disk.proposals.set(`${round}/${valueKey(proposal)}`, proposal)
      }
      this.#feed({ type: 'verdict', id, content, round, fresh, valid })
    })
  }

  #sign(message: Vote | UnsignedProposal): void {
    if (this.#mayCrash()) return
    this.#disk.durable = encodeDurable(this.#state)
    if (this.#mayCrash()) return
    const packet = message.type === 'proposal' ? this.#signedProposal(message) : this.#signedVote(message)
    this.#world.network.broadcast(this.#id, packet)
    if (this.#mayCrash()) return
    this.#feed(packet)
  }

  #mayCrash(): boolean {
    const { network, random } = this.#world
    if (network.isHealed || !random.chance(this.#hazards.crashAtSign)) return false
    this.crash()
    return true
  }

  #signedVote(vote: Vote): Packet & { type: 'vote' } {
    const signed: SignedVote = { ...vote, validator: this.#options.self!, signature: noSignature }
    this.#world.oracle.voted({ ...signed, checkpoint: signed.checkpoint?.toString() ?? null })
    return { type: 'vote', vote: signed }
  }

  #signedProposal(message: UnsignedProposal): Packet & { type: 'proposal' } {
    const { epoch, round, validRound, checkpoint, content } = message
    const name = { id: checkpoint, content }
    const value = this.#disk.values.get(valueKey(name))
    if (value === undefined) throw new Error(`node ${this.#id} lost the bytes of its own proposal`)
    const proposal: Proposal = {
      ...name,
      epoch,
      round,
      validRound,
      value,
      validator: this.#options.self!,
      signature: noSignature,
    }
    this.#world.oracle.proposed(
      proposal.validator,
      round,
      toHex(messageBytes(this.#world.chain, proposalMessage(proposal))),
    )
    return { type: 'proposal', proposal }
  }

  #decide({ id, content, round, certificate }: Extract<Effect, { type: 'decide' }>): void {
    this.hasDecided = true
    this.#world.oracle.decided({
      node: this.#id,
      checkpoint: id.toString(),
      isValid: this.#world.values.isValid({ id, content }),
      round,
      signers: certificate.signatures.map(([validator]) => validator),
    })
  }

  #receive(packet: Packet, from: number): void {
    if (!this.#isUp) return
    if (packet.type !== 'pull') {
      this.#feed(packet)
      return
    }
    const { network } = this.#world
    for (const vote of votesMissing(this.#state, packet.round, packet.bitmap)) {
      network.send(this.#id, from, { type: 'vote', vote })
    }
    for (const id of packet.wanted) {
      for (const proposal of proposalsForPeer(this.#state, id))
        network.send(this.#id, from, { type: 'proposal', proposal })
    }
    for (const certificate of currentMessages(this.#state).certificates) {
      network.send(this.#id, from, { type: 'certificate', certificate })
    }
  }

  /** T8: says again what it said last, and asks one peer for what is missing. */
  #tick(): void {
    this.#after(resendMs, () => {
      const { network, random, validators } = this.#world
      const { proposals, votes } = currentMessages(this.#state)
      for (const proposal of proposals) network.broadcast(this.#id, { type: 'proposal', proposal })
      for (const vote of votes) network.broadcast(this.#id, { type: 'vote', vote })
      if (!this.hasDecided) {
        const { round } = this.#state
        const wanted = [...this.#wanted.values()]
        const peer = random.below(validators.length)
        if (peer !== this.#id)
          network.send(this.#id, peer, { type: 'pull', round, bitmap: voteBitmap(this.#state, round), wanted })
      }
      this.#tick()
    })
  }
}
