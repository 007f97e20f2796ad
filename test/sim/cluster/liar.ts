import {
  type Certificate,
  decodeCertificate,
  encodeCertificate,
  type Signer,
} from '../../../consensus/agreement/certificate.ts'
import { signedMessageValue } from '../../../consensus/agreement/evidence.ts'
import { messageBytes } from '../../../consensus/agreement/message.ts'
import { nameValue, type Proposal, proposalMessage } from '../../../consensus/agreement/proposal.ts'
import type { SignedVote } from '../../../consensus/agreement/vote.ts'
import { batchSigningBytes, decodeHeader, draftBatch } from '../../../consensus/batch.ts'
import { toHex, toKey } from '../../../consensus/bytes.ts'
import type { ValueMap } from '../../../consensus/cbor/value.ts'
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../../../consensus/checkpoint.ts'
import { Cid } from '../../../consensus/cid.ts'
import { MalformedError } from '../../../consensus/errors.ts'
import type { LedgerRecord } from '../../../consensus/records/registry.ts'
import type { TopicName } from '../../../network/peer.ts'
import { type BatchFrame, batchFrame } from '../../../network/protocols/batches.ts'
import type { CheckpointFrame } from '../../../network/protocols/checkpoints.ts'
import type { Protocols } from '../../../network/protocols/index.ts'
import type { Status } from '../../../network/protocols/status.ts'
import type { VotesAnswer } from '../../../network/protocols/votes.ts'
import { nativeCrypto } from '../../../src/crypto/native.ts'
import type { SigningKey } from '../../../src/crypto/signing-key.ts'
import { type AgreementMessage, decodeAttempt, encodeAttempt } from '../../../src/node/agreement-messages.ts'
import { authorName, keyOf, watched } from './keys.ts'
import type { Machine } from './machine.ts'
import type { Tampering } from './peer-network.ts'
import type { Lie } from './scenario.ts'
import type { World } from './world.ts'

const actMs = 700
const floodsAtOnce = 12
const hintMs = 20
const votesHeardMax = 8

/** What a lie does to the liar's own messages for one peer; what is left out goes as it is. */
interface Twist {
  proposal?(liar: Liar, proposal: Proposal, to: number): Proposal[]
  vote?(liar: Liar, vote: SignedVote, to: number): SignedVote[]
}

/** A validator that runs the real program and changes what leaves it. */
export class Liar implements Tampering {
  readonly world: World
  readonly #lies: readonly Lie[]
  readonly #machine: Machine
  /** Among all validators; not its place in an office. */
  readonly #number: number
  readonly #key: SigningKey
  readonly #hidden: SigningKey
  readonly #accuser: SigningKey
  /** By validator: votes of the epoch that passed by. */
  readonly #heard = new Map<number, SignedVote[]>()
  /** Checkpoints it heard of in the epoch, and prevotes that may make a polka with its own. */
  readonly #ids = new Map<string, Cid>()
  #epoch = 0
  #attempt = 1_000

  constructor(world: World, machine: Machine, number: number, key: SigningKey, lies: readonly Lie[]) {
    this.world = world
    this.#lies = lies
    this.#machine = machine
    this.#number = number
    this.#key = key
    this.#hidden = watched(keyOf(`hidden ${number}`), message => world.oracle.finalBook.wrote(message))
    this.#accuser = watched(keyOf(`accuser ${number}`), message => world.oracle.finalBook.wrote(message))
    this.#actLater()
  }

  /** Another one every other epoch. */
  get lie(): Lie {
    return this.#lies[Math.floor(this.#machine.epoch / 2) % this.#lies.length]!
  }

  get forwards(): boolean {
    return this.lie !== 'mute'
  }

  gossip(topic: TopicName, bytes: Uint8Array, to: number): readonly Uint8Array[] {
    if (topic === 'batches') return this.#mayTell(batchFrame.decode(bytes), to) ? [bytes] : []
    if (this.lie === 'mute') return []
    const message = readable(bytes)
    // What a damaged engine says may make no sense: the others have to notice.
    if (message === undefined) return [bytes]
    this.#note(message)
    const twist = twists[this.lie]
    if (message.kind === 'proposal' && this.#isIn(message.proposal) && twist?.proposal !== undefined)
      return this.#told(twist.proposal(this, message.proposal, to).map(proposal => ({ kind: 'proposal', proposal })))
    if (message.kind === 'vote' && this.#isIn(message.vote) && twist?.vote !== undefined)
      return this.#told(twist.vote(this, message.vote, to).map(vote => ({ kind: 'vote', vote })))
    return [bytes]
  }

  /** Who censors doesn't even take in what it doesn't like. */
  hears(topic: TopicName, bytes: Uint8Array): boolean {
    if (this.lie === 'accuses' && topic === 'votes') this.#listen(decodeAttempt(bytes))
    if (this.lie !== 'censors' || topic !== 'batches') return true
    const { author } = decodeHeader(batchFrame.decode(bytes).header, this.world.opening.chain)
    return toHex(author) !== toHex(keyOf(authorName(0)).publicKey)
  }

  answer(protocol: keyof Protocols, items: readonly unknown[], to: number): readonly unknown[] {
    if (this.lie === 'mute' && protocol === 'votes') return [{ votes: [], proposals: [], certificates: [] }]
    if (protocol === 'batches') return (items as BatchFrame[]).filter(frame => this.#mayTell(frame, to))
    if (protocol === 'votes') return (items as VotesAnswer[]).map(answer => this.#answerVotes(answer, to))
    if (this.lie !== 'false-sync') return items
    if (protocol === 'status') return (items as Status[]).map(told => this.#falseStatus(told))
    if (protocol === 'outcomes') return (items as Uint8Array[]).map(page => this.#falsePage(page))
    if (protocol === 'checkpoints') return (items as CheckpointFrame[]).map(frame => this.#falseFrame(frame))
    return items
  }

  #listen(message: AgreementMessage): void {
    if (message.kind !== 'vote' || this.#isIn(message.vote)) return
    const { vote } = message
    const votes = (this.#heard.get(vote.validator) ?? []).filter(({ epoch }) => epoch === vote.epoch)
    this.#heard.set(vote.validator, [...votes, vote].slice(-votesHeardMax))
  }

  #answerVotes({ votes, proposals, certificates }: VotesAnswer, to: number): VotesAnswer {
    const twisted = (messages: readonly Uint8Array[], topic: TopicName) =>
      messages.flatMap(bytes => this.gossip(topic, bytes, to)).slice(0, 4)
    return { votes, proposals: twisted(proposals, 'proposals'), certificates }
  }

  /** Signs a proposal again with something changed. */
  proposalWith(proposal: Proposal, change: Partial<Checkpoint>, validRound = proposal.validRound): Proposal {
    const checkpoint = { ...decodeCheckpoint(proposal.value.checkpoint), ...change }
    return this.proposalOf({ ...proposal, validRound }, encodeCheckpoint(checkpoint), proposal.value.lastCertificate)
  }

  proposalOf(proposal: Proposal, checkpoint: Uint8Array, lastCertificate: Uint8Array | null): Proposal {
    const value = { checkpoint, cut: proposal.value.cut, lastCertificate }
    const unsigned = { ...proposal, value, ...nameValue(nativeCrypto, value) }
    return { ...unsigned, signature: this.#sign(messageBytes(this.world.opening.chain, proposalMessage(unsigned))) }
  }

  voteWith(vote: SignedVote, change: Partial<SignedVote>): SignedVote {
    const { signature: _, validator, ...message } = { ...vote, ...change }
    return { ...message, validator, signature: this.#sign(messageBytes(this.world.opening.chain, message)) }
  }

  /** Its index in the office of an epoch; −1 where it has none. */
  #placeIn(epoch: number): number {
    const key = toHex(this.#key.publicKey)
    return this.world.oracle.officeOf(epoch).findIndex(officer => officer.key === key)
  }

  #isIn({ epoch, validator }: { readonly epoch: number; readonly validator: number }): boolean {
    // Who votes on an epoch far away isn't known.
    return epoch <= this.#machine.epoch + 1 && this.#placeIn(epoch) === validator
  }

  someId(): Cid | null {
    const { random } = this.world
    return random.chance(0.3) || this.#ids.size === 0 ? null : random.pick([...this.#ids.values()])
  }

  #sign(bytes: Uint8Array): Uint8Array {
    this.world.oracle.signed(toHex(this.#key.publicKey), bytes)
    return this.#key.sign(bytes)
  }

  #told(messages: readonly AgreementMessage[]): Uint8Array[] {
    for (const message of messages) this.#note(message)
    return messages.map(message => encodeAttempt(this.#attempt++, message))
  }

  #note(message: AgreementMessage): void {
    if (message.kind !== 'proposal') return
    const { proposal } = message
    if (proposal.epoch > this.#epoch) this.#ids.clear()
    this.#epoch = Math.max(this.#epoch, proposal.epoch)
    this.#ids.set(proposal.id.key, proposal.id)
  }

  /** What it hides it tells to a few, so that some have it. */
  #mayTell({ header }: BatchFrame, to: number): boolean {
    const isOwn = toHex(decodeHeader(header, this.world.opening.chain).author) === toHex(this.#hidden.publicKey)
    return !isOwn || (to + this.#number) % 4 === 0
  }

  /** Further than it is, or on another history. */
  #falseStatus(told: Status): Status {
    if (this.world.random.chance(0.5)) return { ...told, epoch: told.epoch + 3 }
    return { ...told, checkpoint: Cid.of(nativeCrypto, Uint8Array.of(this.#number)) }
  }

  /** Of the right length at least. */
  #falsePage(page: Uint8Array): Uint8Array {
    return this.world.random.chance(0.5) ? page : page.map(byte => byte ^ 1)
  }

  /** A true certificate beside a false cut. */
  #falseFrame(frame: CheckpointFrame): CheckpointFrame {
    return this.world.random.chance(0.5) ? frame : { ...frame, cut: Uint8Array.of(0x80) }
  }

  #actLater(): void {
    const { clock, random } = this.world
    clock.after(random.next() * 2 * actMs, () => {
      if (this.#machine.node !== undefined) {
        if (this.lie === 'floods') this.#flood()
        else if (this.lie === 'forges') this.#forge()
        else if (this.lie === 'withholds') this.#write(this.#hidden, [this.#payment(this.#hidden)])
        else if (this.lie === 'accuses') this.#accuse()
      }
      this.#actLater()
    })
  }

  /** A batch of its own, given to its own node. Where others can't get it, it will propose what they can't judge. */
  #write(author: SigningKey, records: readonly LedgerRecord[]): void {
    const node = this.#machine.node!
    const account = toKey(author.publicKey)
    const { seq, head } = node.ledger.account(account)
    if (node.mempool.branch(account, { seq, head }).length > 0) return
    void node.submit(this.#batch(author, seq + 1, head, records)).catch(() => {})
  }

  /** Says of two honest votes that they contradict each other. */
  #accuse(): void {
    const { random, oracle } = this.world
    const heard = [...this.#heard.values()].filter(votes => votes.length > 1)
    if (heard.length === 0) return
    const votes = random.pick(heard)
    const [first, second] = [random.pick(votes), random.pick(votes)]
    const { key } = oracle.officeOf(first.epoch)[first.validator]!
    const [one, other] = [first, second].map(vote => signedMessageValue(vote) as ValueMap)
    this.#write(this.#accuser, [{ kind: 'evidence', key: Buffer.from(key, 'hex'), first: one!, second: other! }])
  }

  /** A certificate and a vote that others never signed. */
  #forge(): void {
    const { networks, random, oracle } = this.world
    const node = this.#machine.node!
    const epoch = node.ledger.head.epoch + 1
    const checkpoint = this.someId()
    const type = random.pick(['prevote', 'precommit'] as const)
    const signature = this.#key.sign(Uint8Array.of(random.below(256)))
    const signatures = oracle.officeOf(epoch).map((_, index): Signer => [index, signature])
    const certificate = { type, epoch, round: node.round ?? 0, checkpoint, validRound: -1, signatures }
    void networks[this.#machine.spec.number]?.publish(
      'votes',
      encodeAttempt(this.#attempt++, { kind: 'certificate', certificate }),
    )
    const other = random.below(signatures.length)
    if (other === this.#placeIn(epoch)) return
    const vote = { type, epoch, round: node.round ?? 0, checkpoint, validRound: -1, validator: other, signature }
    void networks[this.#machine.spec.number]?.publish('votes', encodeAttempt(this.#attempt++, { kind: 'vote', vote }))
  }

  /** Votes of far rounds, batches that lead nowhere, rivals without end. */
  #flood(): void {
    const { clock, networks, random } = this.world
    const network = networks[this.#machine.spec.number]
    const node = this.#machine.node!
    const round = node.round ?? 0
    const epoch = node.ledger.head.epoch + 1
    for (let ms = 0; ms < 2 * actMs; ms += hintMs) clock.after(ms, () => this.#hint())
    for (let i = 0; i < floodsAtOnce; i++) {
      const far = round + 1 + random.below(random.pick([3, 1_000_000]))
      const vote = { type: 'prevote', epoch, round: far, checkpoint: null, validRound: -1 } as const
      const validator = this.#placeIn(epoch)
      if (validator >= 0) {
        const signed = this.voteWith({ ...vote, validator, signature: new Uint8Array(64) }, {})
        void network?.publish('votes', encodeAttempt(this.#attempt++, { kind: 'vote', vote: signed }))
      }
      const author = watched(keyOf(`stranger ${random.below(20)}`), message =>
        this.world.oracle.finalBook.wrote(message),
      )
      const head = Cid.of(nativeCrypto, Uint8Array.of(random.below(256)))
      const batch = this.#batch(author, 1 + random.below(4), head, [this.#payment(author)])
      void network?.publish('batches', batchFrame.encode(batch))
    }
  }

  /** Nobody knows who votes on that epoch: none can verify it, and it hints that others are ahead. */
  #hint(): void {
    const { networks, random } = this.world
    const epoch = this.#machine.epoch + 3 + random.below(1_000)
    const vote = { type: 'prevote', epoch, round: 0, checkpoint: null, validRound: -1, validator: 0 } as const
    const signed = { ...vote, signature: new Uint8Array(64) }
    void networks[this.#machine.spec.number]?.publish(
      'votes',
      encodeAttempt(this.#attempt++, { kind: 'vote', vote: signed }),
    )
  }

  #payment({ publicKey }: SigningKey): LedgerRecord {
    return { kind: 'transfer', to: publicKey, amount: 1, memo: `${this.world.random.next()}` }
  }

  #batch(author: SigningKey, seq: number, head: Cid | null, records: readonly LedgerRecord[]): BatchFrame {
    const { opening } = this.world
    const prev = seq === 1 ? null : head
    const draft = { chain: opening.chain, author: author.publicKey, seq, prev, time: 0, records }
    const { header, body } = draftBatch(nativeCrypto, draft)
    return { header, body, signature: author.sign(batchSigningBytes(header)) }
  }
}

const anHourMs = 3_600_000

const twists: Partial<Record<Lie, Twist>> = {
  equivocates: {
    proposal(liar, proposal, to) {
      const { random } = liar.world
      const { time } = decodeCheckpoint(proposal.value.checkpoint)
      const versions = [
        liar.proposalWith(proposal, {}),
        liar.proposalWith(proposal, { time: time + 1 }),
        liar.proposalWith(proposal, {}, proposal.round > 0 ? random.below(proposal.round) : -1),
        liar.proposalWith(proposal, {}, -1),
      ]
      return random.chance(0.1) ? versions.slice(0, 2) : [versions[(to + random.below(2)) % versions.length]!]
    },
    vote(liar, vote, to) {
      const { random } = liar.world
      const other = liar.voteWith(vote, { checkpoint: liar.someId(), validRound: -1 })
      if (random.chance(0.2)) return [vote, other]
      return [to % 2 === 0 ? vote : other]
    },
  },
  'says-nil': {
    vote: (liar, vote) => [liar.voteWith(vote, { checkpoint: null, validRound: -1 })],
  },
  promises: {
    proposal(liar, proposal) {
      const { random } = liar.world
      return [liar.proposalWith(proposal, {}, proposal.round > 0 ? random.below(proposal.round) : -1)]
    },
  },
  'bad-root': {
    proposal(liar, proposal) {
      const { random } = liar.world
      const root = random.pick(['stateRoot', 'batchesRoot', 'payoutRoot', 'flowRoot'] as const)
      return [liar.proposalWith(proposal, { [root]: new Uint8Array(32).fill(random.below(256)) })]
    },
  },
  'bad-time': {
    proposal(liar, proposal) {
      const { time } = decodeCheckpoint(proposal.value.checkpoint)
      return [liar.proposalWith(proposal, { time: liar.world.random.chance(0.5) ? time + anHourMs : 1 })]
    },
  },
  'trims-certificates': {
    proposal(liar, proposal) {
      const { lastCertificate, checkpoint } = proposal.value
      if (lastCertificate === null || proposal.validRound >= 0) return [proposal]
      const trimmed = trim(liar.world, decodeCertificate(lastCertificate))
      const named = { ...decodeCheckpoint(checkpoint), lastCertificate: Cid.of(nativeCrypto, trimmed) }
      return [liar.proposalOf(proposal, encodeCheckpoint(named), trimmed)]
    },
  },
}

/** Without the precommits of whoever has least, as long as the rest is a quorum. */
function trim({ oracle }: World, certificate: Certificate): Uint8Array {
  const office = oracle.officeOf(certificate.epoch)
  const total = office.reduce((sum, { stake }) => sum + stake, 0)
  const stakeOf = ([index]: Signer): number => office[index]!.stake
  let kept = [...certificate.signatures]
  for (const signer of [...kept].sort((a, b) => stakeOf(a) - stakeOf(b))) {
    const rest = kept.filter(other => other !== signer)
    if (3 * rest.reduce((sum, other) => sum + stakeOf(other), 0) > 2 * total) kept = rest
  }
  return encodeCertificate({ ...certificate, signatures: kept })
}

function readable(bytes: Uint8Array): AgreementMessage | undefined {
  try {
    return decodeAttempt(bytes)
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    return undefined
  }
}
