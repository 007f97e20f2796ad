/** A passive peer that writes down every message of every validator, and holds them against each other. */
import { certificateFault } from '../../consensus/agreement/certificate.ts'
import { offenceOf } from '../../consensus/agreement/evidence.ts'
import { type Message, messageBytes } from '../../consensus/agreement/message.ts'
import { proposalMessage, verifyProposal } from '../../consensus/agreement/proposal.ts'
import type { ValidatorSet } from '../../consensus/agreement/validator-set.ts'
import { verifyVote } from '../../consensus/agreement/vote.ts'
import { toHex } from '../../consensus/bytes.ts'
import type { Cid } from '../../consensus/cid.ts'
import { startNetwork } from '../../network/host.ts'
import type { Network, Verdict } from '../../network/network.ts'
import { nativeCrypto as crypto } from '../../src/crypto/native.ts'
import { deriveSeed } from '../../src/keys/derive-seed.ts'
import { type AgreementMessage, decodeAttempt } from '../../src/node/agreement-messages.ts'

interface Testimony {
  readonly validator: number
  readonly message: Message
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }

export class VoteWitness {
  /** How many messages came from each validator, sent again or not. */
  readonly heard: number[]
  /** Signed by nobody of the set: a node that sends such is broken. */
  forged = 0
  readonly #chain: Cid
  readonly #set: ValidatorSet
  /** By validator, then by signed bytes. */
  readonly #messages: Map<string, Message>[]
  readonly #listeners = new Set<(testimony: Testimony) => void>()
  #network: Network | undefined

  private constructor(chain: Cid, set: ValidatorSet) {
    this.#chain = chain
    this.#set = set
    this.heard = set.map(() => 0)
    this.#messages = set.map(() => new Map())
  }

  /** Dials `bootstrap`, and can be dialled where it listens. */
  static async start(
    chain: Cid,
    set: ValidatorSet,
    bootstrap: readonly string[],
    listen: readonly string[] = [],
  ): Promise<VoteWitness> {
    const witness = new VoteWitness(chain, set)
    const hear = (bytes: Uint8Array): Verdict => {
      witness.#hear(decodeAttempt(bytes))
      return 'accept'
    }
    witness.#network = await startNetwork({
      chain,
      peerSeed: deriveSeed(1, 'peer', 'witness'),
      crypto,
      listen,
      bootstrap,
      agent: 'openledger/witness',
      handlers: {},
      gossip: { proposals: hear, votes: hear },
      log: silent,
    })
    return witness
  }

  async stop(): Promise<void> {
    await this.#network?.stop()
  }

  get addrs(): readonly string[] {
    return this.#network?.addrs() ?? []
  }

  get peers(): number {
    return this.#network?.peers().length ?? 0
  }

  /** The first message from now on that is as wanted; `act` is called before anything else is heard. */
  next(isWanted: (message: Message) => boolean, act: () => void): Promise<Testimony> {
    return new Promise(resolve => {
      const listener = (testimony: Testimony) => {
        if (!isWanted(testimony.message)) return
        this.#listeners.delete(listener)
        act()
        resolve(testimony)
      }
      this.#listeners.add(listener)
    })
  }

  /** All that was said, by validator. */
  get messages(): readonly (readonly Message[])[] {
    return this.#messages.map(own => [...own.values()])
  }

  /** T12: every pair of one validator that proves an offence. */
  offences(): string[] {
    return this.messages.flatMap((own, validator) =>
      own.flatMap((a, i) =>
        own.slice(i + 1).flatMap(b => {
          const offence = offenceOf(a, b)
          return offence === undefined ? [] : [`validator ${validator}: ${offence}: ${text(a)} and ${text(b)}`]
        }),
      ),
    )
  }

  /** T7, said without the ledger's own idea of an offence: one validator, epoch, round and type, and more than one content. */
  doubles(): string[] {
    return this.messages.flatMap((own, validator) =>
      [...Map.groupBy(own, ({ epoch, round, type }) => `${epoch}/${round}/${type}`)]
        .filter(([, same]) => same.length > 1)
        .map(([place, same]) => `validator ${validator}, ${place}: ${same.map(text).join(' and ')}`),
    )
  }

  #hear(message: AgreementMessage): void {
    if (message.kind === 'certificate') {
      const { certificate } = message
      const { epoch, round, type, checkpoint, validRound } = certificate
      if (certificateFault(crypto, this.#chain, this.#set, certificate) !== undefined) this.forged++
      else {
        for (const [validator] of certificate.signatures)
          this.#write({ validator, message: { epoch, round, type, checkpoint, validRound } })
      }
    } else if (message.kind === 'vote') {
      const { vote } = message
      const { epoch, round, type, checkpoint, validRound, validator } = vote
      if (verifyVote(crypto, this.#chain, this.#set, vote))
        this.#write({ validator, message: { epoch, round, type, checkpoint, validRound } })
      else this.forged++
    } else {
      const { proposal } = message
      if (verifyProposal(crypto, this.#chain, this.#set, proposal))
        this.#write({ validator: proposal.validator, message: proposalMessage(proposal) })
      else this.forged++
    }
  }

  #write(testimony: Testimony): void {
    const { validator, message } = testimony
    this.heard[validator]!++
    this.#messages[validator]!.set(toHex(messageBytes(this.#chain, message)), message)
    for (const listener of this.#listeners) listener(testimony)
  }
}

function text({ type, epoch, round, checkpoint, validRound, content }: Message): string {
  return `${type} ${epoch}/${round} ${checkpoint ?? 'nil'} ${validRound} ${content === undefined ? '' : toHex(content)}`.trim()
}
