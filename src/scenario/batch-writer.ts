import { type BatchBytes, batchSigningBytes, bodyBytesMax, draftBatch } from '../../consensus/batch.ts'
import { toKey } from '../../consensus/bytes.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import type { Value } from '../../consensus/cbor/value.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { LedgerRecord } from '../../consensus/records/registry.ts'
import { possessionBytes, type Validator } from '../../consensus/records/validator.ts'
import { type Voucher, voucherBytes } from '../../consensus/records/voucher.ts'
import { batchRecordsMax, type Ref, resolveRef } from '../../consensus/ref.ts'
import { nativeCrypto } from '../crypto/native.ts'
import type { SigningKey } from '../crypto/signing-key.ts'
import { fill } from './draft.ts'
import type { Action, Scenario } from './scenario.ts'
import type { Schedule } from './schedule.ts'
import { VoucherBook } from './voucher-book.ts'

/** Where an author's chain stands: `head` is the CID of batch `seq`, null before the first. */
export interface ChainHead {
  readonly seq: number
  readonly head: Cid | null
}

export interface WrittenBatch {
  readonly cid: Cid
  readonly author: string
  readonly seq: number
  readonly bytes: BatchBytes
  /** Number of the action behind each record; undefined for a voucher that the runner wrote. */
  readonly actions: readonly (number | undefined)[]
}

export interface WriterOptions {
  readonly scenario: Scenario
  readonly schedule: Schedule
  readonly chain: Cid
  keyOf(actor: string): SigningKey
  /** With which an actor's `validator` lines are signed; needed where such a line brings no possession. */
  voteKeyOf?(actor: string): SigningKey
  /** Where authors' chains stand that aren't new. */
  readonly heads?: ReadonlyMap<string, ChainHead>
}

/** More than a voucher ever takes. */
const voucherBytesMax = 192
/** What the list's own head takes. */
const listBytesMax = 4

/** Turns ready actions into signed batches. */
export class BatchWriter {
  readonly #options: WriterOptions
  readonly #vouchers: VoucherBook
  readonly #heads: Map<string, ChainHead>
  /** By action, once it is written. */
  readonly #refs: (Ref | undefined)[]

  constructor(options: WriterOptions) {
    const { scenario, chain, heads } = options
    this.#options = options
    this.#vouchers = new VoucherBook(chain, scenario.sessions, actor => options.keyOf(actor))
    this.#heads = new Map(heads)
    this.#refs = new Array(scenario.actions.length)
  }

  /** The ref of an action that was written. */
  refOf(action: number): Ref {
    return this.#refs[action]!
  }

  /** The author's next batch, as full as may be; undefined where none of its actions is ready. */
  write(author: string, epoch: number, timeMs: number): WrittenBatch | undefined {
    const taken = this.#take(author, epoch)
    if (taken.length === 0) return undefined
    const { actions } = this.#options.scenario
    const sessions = this.#vouchers.bill(taken.map(number => actions[number]!.bill).filter(bill => bill !== undefined))
    const vouchers = sessions.map(session => this.#vouchers.write(session, this.refOf(session)))
    for (const [i, number] of taken.entries()) this.#refs[number] = [null, vouchers.length + i]
    const records = [...vouchers, ...taken.map(number => this.#record(actions[number]!, epoch))]
    const batch = this.#sign(author, records, timeMs)
    for (const [i, number] of taken.entries()) this.#refs[number] = [batch.cid, vouchers.length + i]
    return { ...batch, actions: [...vouchers.map(() => undefined), ...taken] }
  }

  /** Takes ready actions off the schedule as long as they and the vouchers before them fit into one batch. */
  #take(author: string, epoch: number): number[] {
    const { scenario, schedule } = this.#options
    const taken: number[] = []
    const sessions = new Set<number>()
    let bytes = listBytesMax
    for (let number = schedule.ready(author); number !== undefined; number = schedule.ready(author)) {
      const action = scenario.actions[number]!
      // Known refs to the own batch are longest in the last place.
      this.#refs[number] = [null, batchRecordsMax - 1]
      const isNewSession = action.bill !== undefined && !sessions.has(action.bill.session)
      const added =
        encode(this.#record(action, epoch) as unknown as Value).length + (isNewSession ? voucherBytesMax : 0)
      const count = taken.length + 1 + sessions.size + (isNewSession ? 1 : 0)
      if (count > batchRecordsMax || bytes + added > bodyBytesMax) break
      if (action.bill !== undefined) sessions.add(action.bill.session)
      bytes += added
      taken.push(number)
      schedule.take(author)
    }
    return taken
  }

  #record(action: Action, epoch: number): LedgerRecord {
    const record = fill(action.draft, { refOf: number => this.refOf(number), epoch }) as unknown as LedgerRecord
    if (record.kind === 'voucher' && record.signature === undefined) return this.#signVoucher(record, action.actor)
    return record.kind === 'validator' && record.possession === undefined
      ? this.#signPossession(record, action.actor)
      : record
  }

  #signVoucher(voucher: Voucher, payer: string): Voucher {
    const { chain, keyOf } = this.#options
    const { session, total } = voucher
    return { ...voucher, signature: keyOf(payer).sign(voucherBytes(chain, resolveRef(session, session[0]!), total)) }
  }

  #signPossession(record: Validator, actor: string): Validator {
    const { chain, keyOf, voteKeyOf } = this.#options
    const bytes = possessionBytes(chain, toKey(keyOf(actor).publicKey))
    return { ...record, possession: voteKeyOf!(actor).sign(bytes) }
  }

  #sign(author: string, records: LedgerRecord[], timeMs: number): Omit<WrittenBatch, 'actions'> {
    const key = this.#options.keyOf(author)
    const { seq, head } = this.#heads.get(author) ?? { seq: 0, head: null }
    const named = { chain: this.#options.chain, author: key.publicKey, seq: seq + 1, prev: head, time: timeMs }
    const { header, body, cid } = draftBatch(nativeCrypto, { ...named, records })
    this.#heads.set(author, { seq: seq + 1, head: cid })
    return { cid, author, seq: seq + 1, bytes: { header, body, signature: key.sign(batchSigningBytes(header)) } }
  }
}
