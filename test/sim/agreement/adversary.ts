import { certificateOf } from '../../../consensus/agreement/certificate.ts'
import type { VoteType } from '../../../consensus/agreement/message.ts'
import type { Proposal } from '../../../consensus/agreement/proposal.ts'
import { proposerOf } from '../../../consensus/agreement/proposer.ts'
import type { SignedVote } from '../../../consensus/agreement/vote.ts'
import type { Cid } from '../../../consensus/cid.ts'
import { noSignature, type Packet, type World } from './world.ts'

const actMsMax = 150
/** Votes of so many rounds stay in mind for certificates. */
const memoryMax = 400

/** All Byzantine validators under one mind: they equivocate, hide, lie about polkas, and show each peer something else. */
export class Adversary {
  readonly #world: World
  readonly #members: readonly number[]
  readonly #seenVotes: SignedVote[] = []
  readonly #seenProposals: Proposal[] = []
  readonly #knownIds = new Map<string, Cid>()
  #round = 0

  constructor(world: World, members: readonly number[]) {
    this.#world = world
    this.#members = members
    if (members.length > 0) this.#act()
  }

  /** What any member hears. */
  receive(packet: Packet): void {
    if (packet.type === 'vote') this.#hear(packet.vote)
    if (packet.type !== 'proposal') return
    this.#knownIds.set(packet.proposal.id.key, packet.proposal.id)
    remember(this.#seenProposals, packet.proposal)
    if (packet.proposal.round <= this.#round + 3) this.#round = Math.max(this.#round, packet.proposal.round)
  }

  #hear(vote: SignedVote): void {
    remember(this.#seenVotes, vote)
    if (!this.#members.includes(vote.validator)) this.#round = Math.max(this.#round, vote.round)
  }

  #act(): void {
    const { clock, random } = this.#world
    clock.after(random.next() * actMsMax, () => {
      const member = random.pick(this.#members)
      const act = random.pick([
        this.#vote,
        this.#vote,
        this.#propose,
        this.#certify,
        this.#certify,
        this.#rush,
        this.#sleep,
      ])
      act.call(this, member)
      this.#act()
    })
  }

  #sleep(): void {}

  /** Tells every peer something of its own choice. */
  #vote(member: number): void {
    const { random } = this.#world
    const round = Math.max(0, this.#round - random.below(2))
    const type = random.pick<VoteType>(['prevote', 'precommit'])
    const choices = [this.#someId(), this.#someId(), null]
    for (const to of this.#peers()) this.#sendVote(member, to, type, round, random.pick(choices))
  }

  /** Far ahead, to fill memory and to tempt others into a later round. */
  #rush(member: number): void {
    const { random } = this.#world
    const round = this.#round + 1 + random.below(random.pick([3, 1_000_000]))
    for (const to of this.#peers()) this.#sendVote(member, to, random.pick(['prevote', 'precommit']), round, null)
  }

  #sendVote(member: number, to: number, type: VoteType, round: number, checkpoint: Cid | null): void {
    const { network, random } = this.#world
    const rests = type === 'prevote' && checkpoint !== null && round > 0 && random.chance(0.5)
    const vote = this.#signed(member, type, round, checkpoint, rests ? random.below(round) : -1)
    network.send(member, to, { type: 'vote', vote })
  }

  #signed(validator: number, type: VoteType, round: number, checkpoint: Cid | null, validRound: number): SignedVote {
    const { epoch, oracle } = this.#world
    const vote: SignedVote = { type, epoch, round, checkpoint, validRound, validator, signature: noSignature }
    oracle.voted({ ...vote, checkpoint: checkpoint?.toString() ?? null })
    return vote
  }

  /** Two values for one round, a good one with a wrong content, or an old one on a polka that may never have been. */
  #propose(): void {
    const { validators, epoch, network, random, values } = this.#world
    for (let round = Math.max(0, this.#round - 1); round < this.#round + 4; round++) {
      const proposer = proposerOf(validators, epoch, round)
      if (!this.#members.includes(proposer)) continue
      const choices = [values.make(true), values.make(random.chance(0.5))]
      const old = random.pick(this.#seenProposals.length > 0 ? this.#seenProposals : [undefined])
      if (old !== undefined) choices.push({ value: old.value, name: old }, values.spoil(old.value))
      choices.push(values.spoil(choices[0]!.value))
      for (const to of this.#peers()) {
        const { value, name } = random.pick(choices)
        const validRound = round > 0 && random.chance(0.4) ? random.below(round) : -1
        const { id, content } = name
        this.#knownIds.set(id.key, id)
        const proposal: Proposal = {
          id,
          content,
          value,
          epoch,
          round,
          validRound,
          validator: proposer,
          signature: noSignature,
        }
        network.send(proposer, to, { type: 'proposal', proposal })
      }
    }
  }

  /** Completes a quorum with the members' votes and shows it to one peer alone. */
  #certify(): void {
    const { network, random, validators } = this.#world
    if (this.#seenVotes.length === 0) return
    const { type, round, checkpoint, validRound } = random.pick(this.#seenVotes)
    const isSame = (vote: SignedVote) =>
      vote.type === type &&
      vote.round === round &&
      vote.validRound === validRound &&
      vote.checkpoint?.key === checkpoint?.key
    const votes = new Map(this.#seenVotes.filter(isSame).map(vote => [vote.validator, vote]))
    for (const member of this.#members) votes.set(member, this.#signed(member, type, round, checkpoint, validRound))
    const stake = [...votes.keys()].reduce((sum, validator) => sum + validators[validator]!.stake, 0)
    const total = validators.reduce((sum, validator) => sum + validator.stake, 0)
    if (3 * stake <= 2 * total) return
    const certificate = certificateOf([...votes.values()])
    network.send(random.pick(this.#members), random.pick(this.#peers()), { type: 'certificate', certificate })
  }

  #someId(): Cid | null {
    const ids = [...this.#knownIds.values()].slice(-4)
    return ids.length > 0 ? this.#world.random.pick(ids) : null
  }

  #peers(): number[] {
    return [...this.#world.validators.keys()].filter(index => !this.#members.includes(index))
  }
}

function remember<T>(memory: T[], item: T): void {
  memory.push(item)
  if (memory.length > memoryMax) memory.shift()
}
