import { batchSigningBytes, draftBatch } from '../../../consensus/batch.ts'
import { toHex, toKey } from '../../../consensus/bytes.ts'
import type { Cid } from '../../../consensus/cid.ts'
import type { LedgerRecord } from '../../../consensus/records/registry.ts'
import { type BatchFrame, batchFrame } from '../../../network/protocols/batches.ts'
import { nativeCrypto } from '../../../src/crypto/native.ts'
import type { SigningKey } from '../../../src/crypto/signing-key.ts'
import { shuffled } from '../random.ts'
import { watched } from './keys.ts'
import type { Machine } from './machine.ts'
import { idOf } from './peer-network.ts'
import type { Pen } from './pen.ts'
import type { World } from './world.ts'

interface Written {
  readonly seq: number
  readonly cid: Cid
  readonly frame: BatchFrame
}

/** After so long a user gives what isn't final to another node. */
const patienceMs = 8_000
const submitsMax = 2

/** Somebody who writes batches and hands them to nodes, sometimes two for one place, sometimes not to all. */
export class Author {
  readonly account: string
  readonly #world: World
  readonly #machines: readonly Machine[]
  readonly #key: SigningKey
  /** What was written and isn't final, without gaps. */
  #pending: Written[] = []
  #handedMs = 0
  readonly #pen: Pen

  constructor(world: World, machines: readonly Machine[], key: SigningKey, pen: Pen) {
    this.#world = world
    this.#machines = machines
    this.#key = watched(key, message => world.oracle.finalBook.wrote(message))
    this.#pen = pen
    this.account = toKey(key.publicKey)
  }

  begin(): void {
    const { random, scenario } = this.#world
    const { everyMs, isRush } = scenario.authors
    if (isRush) this.#later(random.next() * 500, () => this.#rush())
    else this.#again(everyMs)
  }

  #again(everyMs: number): void {
    this.#later(everyMs * (0.5 + this.#world.random.next()), () => {
      this.#act()
      this.#again(everyMs)
    })
  }

  #later(ms: number, act: () => void): void {
    this.#world.clock.after(ms, act)
  }

  /** Far more than one cut holds. */
  #rush(): void {
    for (let i = 0; i < 6; i++) {
      const records = this.#pen()
      if (records !== undefined) this.#handIn(this.#write(this.#pending.at(-1), records), 1)
    }
    this.#again(4_000)
  }

  #act(): void {
    const { random, scenario, clock, oracle, isHealed } = this.#world
    if (isHealed && scenario.authors.isOverAtHeal) return
    this.#catchUp()
    if (this.#pending.length > 0 && clock.nowMs - this.#handedMs > patienceMs) {
      this.#handedMs = clock.nowMs
      for (const written of this.#pending) this.#handIn(written, 1)
      return
    }
    if (this.#pending.length >= 3) return
    const before = this.#pending.at(-1)
    const records = this.#pen()
    if (records === undefined) return
    const written = this.#write(before, records)
    if (random.chance(scenario.authors.withholds)) this.#withhold(written)
    this.#handIn(written, 1 + random.below(submitsMax))
    if (!random.chance(scenario.authors.forks)) return
    oracle.inclusion.forks(toHex(this.#key.publicKey))
    const rival = this.#pen()
    if (rival !== undefined) this.#handIn(this.#sign(written.seq, before?.cid ?? this.#final().head, rival), 1)
  }

  /** Forgets what became final, and all of it where another batch took the place. */
  #catchUp(): void {
    const { seq, head } = this.#final()
    const last = this.#pending.find(written => written.seq === seq)
    const isLost = last !== undefined && head !== null && !last.cid.equals(head)
    this.#pending = isLost ? [] : this.#pending.filter(written => written.seq > seq)
    if (this.#pending[0] !== undefined && this.#pending[0].seq !== seq + 1) this.#pending = []
  }

  #final(): { seq: number; head: Cid | null } {
    const furthest = this.#up().sort((a, b) => b.epoch - a.epoch)[0]
    return furthest?.node?.ledger.account(this.account) ?? { seq: 0, head: null }
  }

  #up(): Machine[] {
    return this.#machines.filter(({ node }) => node !== undefined)
  }

  #write(before: Written | undefined, records: readonly LedgerRecord[]): Written {
    const { seq, head } = before === undefined ? this.#final() : { seq: before.seq, head: before.cid }
    const written = this.#sign(seq + 1, head, records)
    this.#pending.push(written)
    this.#handedMs = this.#world.clock.nowMs
    return written
  }

  #sign(seq: number, prev: Cid | null, records: readonly LedgerRecord[]): Written {
    const { chain } = this.#world.opening
    const draft = { chain, author: this.#key.publicKey, seq, prev, time: 0, records }
    const { header, body, cid } = draftBatch(nativeCrypto, draft)
    const signature = this.#key.sign(batchSigningBytes(header))
    return { seq, cid, frame: { header, body, signature } }
  }

  /** Gossip will not bring it to all. */
  #withhold({ frame }: Written): void {
    const { random, withheld } = this.#world
    const lucky = this.#machines.filter(() => random.chance(0.5)).map(({ spec }) => spec.number)
    withheld.set(idOf('batches', batchFrame.encode(frame)), new Set(lucky))
  }

  #handIn({ frame, seq }: Written, times: number): void {
    const { random, trace } = this.#world
    for (const { node, spec } of shuffled(random, this.#up()).slice(0, times)) {
      trace.add(spec.name, `is given batch ${seq} of ${toHex(this.#key.publicKey).slice(0, 4)}`)
      node!.submit(frame).catch(error => trace.add(spec.name, `refuses batch ${seq}: ${error.message}`))
    }
  }
}
