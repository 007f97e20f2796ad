import { decode } from '../../../../consensus/cbor/decode.ts'
import { encode } from '../../../../consensus/cbor/encode.ts'
import type { Value, ValueMap } from '../../../../consensus/cbor/value.ts'
import { Economy, type EconomyOpening } from './economy.ts'
import { cidText, type FinalBatch, FinalBook, type Finality } from './final-book.ts'
import { InclusionWatch } from './inclusion.ts'
import { isMoreThanOneThird, type Office } from './office.ts'
import { SignedBook } from './signed-book.ts'
import { type Statement, statementText } from './statement.ts'
import { Violation } from './violation.ts'

export interface OracleParts {
  readonly economy: EconomyOpening
  /** Names by vote key (hex) of the validators that keep to the rules. */
  readonly honest: ReadonlyMap<string, string>
  /** Whether liars may have enough stake to fork the chain: then the promise is that they are found out. */
  readonly mayFork: boolean
  /** Whether an honest validator's disk has a batch such that no crash takes it away. */
  readonly holdsDurably: (key: string, batch: string) => boolean
  /** Pending batches that every honest validator holds; none while one of them is down. */
  readonly heldByAll: () => readonly FinalBatch[]
  /** The true time of day. */
  readonly nowMs: () => number
}

/** What T10 allows, and by how much an honest clock may be ahead. */
const aheadMsMax = 10_000 + 4_000

/**
 * Judges a run from the outside: from what was signed, sent and made final, as bytes. Its predicates are its own; it shares
 * with the program only the encoding.
 */
export class Oracle {
  readonly signedBook: SignedBook
  readonly finalBook: FinalBook
  violation: Violation | undefined
  readonly inclusion: InclusionWatch
  readonly accused = new Set<string>()
  readonly #parts: OracleParts
  readonly #economy: Economy
  /** From a proposal's first sight to an honest machine's decision, in ms. */
  readonly decisionsMs: number[] = []
  /** By checkpoint: when it was first seen. */
  readonly #proposedMs = new Map<string, number>()
  /** By checkpoint: the encoded cuts that were proposed with it. */
  readonly #cuts = new Map<string, Uint8Array[]>()
  readonly #seen = new WeakSet<Uint8Array>()

  constructor(parts: OracleParts) {
    this.#parts = parts
    const isHonest = (key: string): boolean => parts.honest.has(key)
    const nameOf = (key: string): string => parts.honest.get(key) ?? 'a liar'
    this.#economy = new Economy(parts.economy)
    this.signedBook = new SignedBook({ officeOf: epoch => this.#officeOn(epoch), isHonest, nameOf })
    this.finalBook = new FinalBook(this.#economy, this.signedBook)
    this.inclusion = new InclusionWatch(this.finalBook)
  }

  /** A message of the proposals' topic passed by: what its checkpoint finalizes. */
  sawProposal(message: Uint8Array): void {
    if (this.#seen.has(message)) return
    this.#seen.add(message)
    const { checkpoint, cut } = (decode(message) as [number, number, ValueMap])[2]
    const name = cidText(checkpoint as Uint8Array)
    if (!this.#proposedMs.has(name)) this.#proposedMs.set(name, this.#parts.nowMs())
    const cuts = this.#cuts.get(name) ?? []
    const bytes = encode(cut as Value)
    if (!cuts.some(known => Buffer.compare(known, bytes) === 0)) this.#cuts.set(name, [...cuts, bytes])
  }

  get officeChanges(): number {
    const offices = Array.from({ length: this.finalBook.epoch }, (_, i) => JSON.stringify(this.officeOf(i + 1)))
    return offices.filter((office, i) => i > 0 && office !== offices[i - 1]).length
  }

  get banned(): number {
    return this.#economy.banned().length
  }

  /** Who votes on an epoch: known two epochs beyond the last final one. */
  officeOf(epoch: number): Office {
    const office = this.#economy.officeOf(epoch)
    if (office === undefined) throw new Error(`nobody is elected for epoch ${epoch}`)
    return office
  }

  /** Beyond a fork each side may have its own. */
  #officeOn(epoch: number): Office | undefined {
    const fork = this.finalBook.conflicts[0]
    return fork !== undefined && epoch > fork.epoch ? undefined : this.officeOf(epoch)
  }

  signed(key: string, bytes: Uint8Array): void {
    this.#judge(() => {
      const statement = this.signedBook.signed(key, bytes)
      if (this.#parts.honest.has(key)) this.#judgeHolding(key, statement)
    })
  }

  madeFinal(finality: Finality): void {
    if (this.finalBook.conflicts.length > 0 && finality.epoch > this.finalBook.conflicts[0]!.epoch) return
    const proposedMs = this.#proposedMs.get(cidText(finality.checkpoint))
    if (proposedMs !== undefined) this.decisionsMs.push(this.#parts.nowMs() - proposedMs)
    this.#judge(() => {
      const isFirst = finality.epoch > this.finalBook.epoch
      this.finalBook.add(finality)
      if (this.finalBook.conflicts.length > 0 && !this.#parts.mayFork) {
        const { epoch, machines } = this.finalBook.conflicts[0]!
        throw new Violation('two-checkpoints', `epoch ${epoch} at ${machines.join(' and ')}`)
      }
      if (isFirst && this.finalBook.conflicts.length === 0) this.#judgeFirst(finality.epoch)
      for (const key of this.#economy.banned()) this.accuses(key)
    })
  }

  /** An honest machine, or the ledger, says that a validator (its vote key in hex) signed what it must not have. */
  accuses(key: string): void {
    this.accused.add(key)
    const name = this.#parts.honest.get(key)
    if (name !== undefined) this.broken('framed', `evidence against ${name}, which is honest`)
  }

  broken(invariant: string, message: string): void {
    this.violation ??= new Violation(invariant, message)
  }

  /** After the run: whoever forked the chain can be shown to have lied. */
  judgeForks(): void {
    for (const { epoch, machines } of this.finalBook.conflicts) {
      const offenders = this.signedBook.offenders(epoch)
      if (!isMoreThanOneThird(this.officeOf(epoch), offenders))
        this.broken('fork-unproven', `epoch ${epoch} of ${machines.join(' and ')}: too few can be accused`)
    }
  }

  /** T4: no prevote for what isn't held durably in full. A liar may pair the checkpoint with other cuts, too. */
  #judgeHolding(key: string, statement: Statement): void {
    const { type, checkpoint, epoch } = statement
    const { epoch: last, conflicts } = this.finalBook
    if (type !== 'prevote' || checkpoint === null || epoch !== last + 1 || conflicts.length > 0) return
    const cuts = this.#cuts.get(checkpoint) ?? []
    const isHeld = (cut: Uint8Array): boolean =>
      this.finalBook.partsOf(cut)?.every(({ batch }) => this.#parts.holdsDurably(key, batch)) === true
    if (cuts.some(isHeld)) return
    const name = this.#parts.honest.get(key)
    throw new Violation('votes-without-holding', `${name} signed ${statementText(statement)}`)
  }

  #judgeFirst(epoch: number): void {
    this.#judgeTime(epoch)
    this.#judgeAvailability(epoch)
    const late = this.inclusion.decided(epoch, this.#parts.heldByAll())
    if (late !== undefined) throw new Violation('passed-over', `epoch ${epoch}: seq ${late.seq} of ${late.author}`)
  }

  /** T10: time goes on, and no liar takes the ledger into the future. */
  #judgeTime(epoch: number): void {
    const timeMs = this.finalBook.timeOf(epoch)
    if (epoch > 1 && timeMs <= this.finalBook.timeOf(epoch - 1)) throw new Violation('time', `epoch ${epoch} goes back`)
    const aheadMs = timeMs - this.#parts.nowMs()
    if (aheadMs > aheadMsMax) throw new Violation('time', `epoch ${epoch} is ${aheadMs} ms ahead`)
  }

  /** Of those who made an epoch final, every honest one has all its batches, whatever crashes now. */
  #judgeAvailability(epoch: number): void {
    const honest = this.finalBook.signersOf(epoch).filter(key => this.#parts.honest.has(key))
    const isLacking =
      (key: string) =>
      ({ batch }: FinalBatch) =>
        !this.#parts.holdsDurably(key, batch)
    const lacking = honest.find(key => this.finalBook.batchesOf(epoch).some(isLacking(key)))
    if (lacking !== undefined)
      throw new Violation('unavailable', `epoch ${epoch}: ${this.#parts.honest.get(lacking)} lacks a batch`)
  }

  #judge(act: () => void): void {
    if (this.violation !== undefined) return
    try {
      act()
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      this.violation = error
    }
  }
}
