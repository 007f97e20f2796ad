import { createHash } from 'node:crypto'
import { fromKey, toHex, toKey } from '../../../consensus/bytes.ts'
import { decode } from '../../../consensus/cbor/decode.ts'
import { Cid } from '../../../consensus/cid.ts'
import type { Log } from '../../../network/log.ts'
import type { SigningKey } from '../../../src/crypto/signing-key.ts'
import { Engine } from '../../../src/engine/engine.ts'
import type { CommittedEpoch } from '../../../src/engine/executed-epoch.ts'
import { Node } from '../../../src/node/node.ts'
import type { NodeParts, Wiring } from '../../../src/node/node-parts.ts'
import { batchKey, bodyKey } from '../../../src/store/keys.ts'
import { Store } from '../../../src/store/store.ts'
import { quickCrypto } from '../../fixtures/quick-crypto.ts'
import { Disk, DiskDatabase, type DiskMoment } from './disk.ts'
import { watched } from './keys.ts'
import { Life } from './life.ts'
import { type ClockFault, machineClock } from './machine-clock.ts'
import { beginMs } from './opening.ts'
import { PeerNetwork, type Tampering } from './peer-network.ts'
import { SlowEngine } from './slow-engine.ts'
import type { World } from './world.ts'

export interface MachineSpec {
  /** Its number on the wire. */
  readonly number: number
  /** For the trace. */
  readonly name: string
  readonly voteKey: SigningKey | undefined
  /** Reports offences. */
  readonly account: SigningKey | undefined
  readonly isHonest: boolean
  readonly clock: ClockFault
  readonly tampering?: (world: World, machine: Machine) => Tampering
}

/** A computer with a node on it: it crashes, loses what wasn't on its disk, and starts again. */
export class Machine {
  readonly spec: MachineSpec
  readonly #world: World
  readonly #disk: Disk
  readonly #tampering: Tampering | undefined
  /** The last epoch that the oracle knows of. */
  #reported = 0
  #life: Life | undefined
  #node: Node | undefined

  constructor(world: World, spec: MachineSpec) {
    this.#world = world
    this.spec = spec
    this.#disk = new Disk(world.random)
    this.#tampering = spec.tampering?.(world, this)
  }

  /** Undefined while it is down or still starting. */
  get node(): Node | undefined {
    return this.#node
  }

  get isUp(): boolean {
    return this.#life !== undefined
  }

  get epoch(): number {
    return this.#node?.ledger.head.epoch ?? 0
  }

  start(): void {
    if (this.#life !== undefined) return
    const life = new Life()
    this.#life = life
    this.#world.trace.add(this.spec.name, 'starts')
    this.#boot(life).catch((error: Error) => {
      if (!life.isOver) this.#fail(`could not start: ${error.stack}`)
    })
  }

  crash(why: string): void {
    if (this.#life === undefined) return
    this.#world.trace.add(this.spec.name, `crashes: ${why}`)
    const life = this.#life
    this.#life = undefined
    this.#node = undefined
    life.end()
  }

  /** Crashes, and starts again by itself. */
  restartLater(why: string): void {
    const { clock, random, scenario } = this.#world
    this.crash(why)
    clock.after(random.next() * scenario.crashes.downMsMax, () => this.start())
  }

  /** Whether a batch will be there after any crash. */
  holdsDurably(batch: Cid): boolean {
    const header = this.#settled(batchKey(batch))
    if (header === undefined) return false
    const arrival = (decode(header) as [unknown, unknown, number])[2]
    return this.#settled(bodyKey(arrival, batch)) !== undefined
  }

  #settled(key: Uint8Array): Uint8Array | undefined {
    return this.#disk.settledValue(toKey(key))
  }

  async #boot(life: Life): Promise<void> {
    const { world, spec } = { world: this.#world, spec: this.spec }
    const { clock, random, scenario, opening } = world
    const database = new DiskDatabase({
      name: spec.name,
      disk: this.#disk,
      clock,
      random,
      life,
      faults: scenario.disk,
      onMoment: (moment, sync) => this.#mayCrashAt(moment, sync),
    })
    const store = await Store.on(database)
    if (store.chain() === undefined) await store.beginAtGenesis(opening.genesis, opening.state)
    const engine = new Engine(store, opening.chain, quickCrypto)
    const parts: NodeParts = {
      store,
      chain: opening.chain,
      engine: new SlowEngine(engine, clock, random, life, scenario.engineMsMax),
      openNetwork: async wiring => this.#network(life, wiring),
      voteKey: spec.voteKey === undefined ? undefined : this.#watchedVote(life, spec.voteKey),
      account: spec.account && watched(spec.account, message => this.#world.oracle.finalBook.wrote(message)),
      clock: machineClock(clock, random, life, beginMs, spec.clock),
      crypto: quickCrypto,
      agent: spec.name,
      log: this.#log(life),
      timeoutsMs: scenario.timeoutsMs,
    }
    const node = await Node.on(parts)
    if (life.isOver) return
    this.#node = node
    this.#expectKept(node)
    this.#reportMissed(node)
    node.ledger.onEpoch((_, committed) => this.#onEpoch(node, committed))
    void node.done.then(error => {
      if (!life.isOver && error !== undefined) this.#onEnd(error)
    })
  }

  #network(life: Life, wiring: Wiring): PeerNetwork {
    const { clock, random, wire, networks, withheld } = this.#world
    return new PeerNetwork({
      machine: this.spec.number,
      life,
      clock,
      random,
      wire,
      wiring,
      networks,
      withheld,
      tampering: this.#tampering,
      onFailure: error => {
        if (!life.isOver) this.#fail(`a handler failed: ${(error as Error).stack}`)
      },
      onPenalty: (peer, reason) => this.#onPenalty(peer, reason),
      onProposal: bytes => this.#world.oracle.sawProposal(bytes),
      onSend: () => this.#mayCrash(this.#world.scenario.crashes.sending, 'while sending'),
    })
  }

  #watchedVote(life: Life, key: SigningKey): SigningKey {
    const { oracle } = this.#world
    const publicKey = toHex(key.publicKey)
    return watched(key, message => {
      if (!life.isOver) oracle.signed(publicKey, message)
    })
  }

  #mayCrashAt(moment: DiskMoment, sync: boolean): void {
    const { crashes } = this.#world.scenario
    const chance = moment === 'writing' ? crashes.writing : crashes.written
    this.#mayCrash(sync ? chance : chance / 4, `${moment === 'writing' ? 'while' : 'right after'} writing`)
  }

  #mayCrash(chance: number, why: string): void {
    const { random, isHealed } = this.#world
    if (chance > 0 && !isHealed && random.chance(chance)) this.restartLater(why)
  }

  #onEpoch(node: Node, committed: CommittedEpoch): void {
    const { epoch, cid } = node.ledger.head
    this.#world.trace.add(this.spec.name, `epoch ${epoch} is final`, { checkpoint: cid })
    this.#report(node, epoch, committed)
  }

  /** What it called final is final after any crash. */
  #expectKept({ ledger }: Node): void {
    const { isHonest, name } = this.spec
    if (isHonest && ledger.head.epoch < this.#reported)
      this.#world.oracle.broken('final-lost', `${name} is at epoch ${ledger.head.epoch}, and was at ${this.#reported}`)
  }

  /** A crash may have come between an epoch's end and its report. */
  #reportMissed(node: Node): void {
    while (this.#reported < node.ledger.head.epoch) this.#report(node, this.#reported + 1, undefined)
  }

  #report(node: Node, epoch: number, committed: CommittedEpoch | undefined): void {
    this.#reported = epoch
    if (!this.spec.isHonest) return
    const { checkpoint, certificate, cut } = node.store.epochs.get(epoch)!
    this.#world.oracle.madeFinal({
      machine: this.spec.name,
      epoch,
      checkpoint,
      certificate,
      cut,
      lastCertificate: node.store.epochs.get(epoch - 1)?.certificate ?? null,
      bodyOf: batch => node.store.batches.body(new Cid(Buffer.from(batch, 'hex'))),
      stateDigest: epoch === node.ledger.head.epoch ? this.#stateDigest() : undefined,
      batches: committed?.finalized.map(({ author, seq, batch }) => ({
        author: toHex(fromKey(author)),
        seq,
        batch: toHex(batch),
      })),
    })
  }

  #stateDigest(): string {
    const hash = createHash('sha256')
    const isState = (key: string): boolean => key.startsWith('s') || key.startsWith('p')
    for (const key of [...this.#disk.values.keys()].filter(isState).sort())
      hash.update(key, 'latin1').update(this.#disk.values.get(key)!)
    return hash.digest('hex')
  }

  #onPenalty(peer: number, reason: string): void {
    this.#world.trace.add(this.spec.name, `penalises machine ${peer}: ${reason}`)
    this.onPenalty(peer, reason)
  }

  /** Set by whoever knows which machines are honest. */
  onPenalty: (peer: number, reason: string) => void = () => {}
  /** The node ended by itself, with an error. */
  onStop: (error: Error) => void = () => {}
  /** It logged an error. */
  onError: (message: string) => void = () => {}

  #onEnd(error: Error): void {
    this.#world.trace.add(this.spec.name, `stops: ${error.message}`)
    this.crash('it stopped')
    this.onStop(error)
  }

  #fail(what: string): void {
    this.#world.trace.add(this.spec.name, what)
    if (this.spec.isHonest) this.#world.oracle.broken('node-failed', `${this.spec.name}: ${what}`)
  }

  #log(life: Life): Log {
    const { trace } = this.#world
    const note = (level: string) => (facts: object, message: string) => {
      if (!life.isOver && trace.isOn) trace.add(this.spec.name, `${level}${message}`, facts as Record<string, unknown>)
    }
    const debug = (facts: object, message: string): void => {
      note('')(facts, message)
      if ('rule' in facts) this.#world.rules.set(`${facts.rule}`, (this.#world.rules.get(`${facts.rule}`) ?? 0) + 1)
    }
    const warn = (facts: object, message: string): void => {
      note('! ')(facts, message)
      if (!life.isOver && this.spec.isHonest && 'key' in facts) this.#world.oracle.accuses(facts.key as string)
    }
    const error = (facts: object, message: string): void => {
      note('!! ')(facts, message)
      if (!life.isOver) this.onError(message)
    }
    return { debug, info: note(''), warn, error }
  }
}
