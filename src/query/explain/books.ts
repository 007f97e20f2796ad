import type { AccountKey } from '../../../consensus/account.ts'
import type { Amount, Ppm } from '../../../consensus/amount.ts'
import type { ByteKey } from '../../../consensus/bytes.ts'
import { decode } from '../../../consensus/cbor/decode.ts'
import { decodeCheckpoint } from '../../../consensus/checkpoint.ts'
import type { Cid } from '../../../consensus/cid.ts'
import type { CreditedPayout } from '../../../consensus/ledger/execute.ts'
import { decodeFlows } from '../../../consensus/ledger/flow/codec.ts'
import type { Flow, FlowId, Inbound } from '../../../consensus/ledger/flow/flow.ts'
import type { Role } from '../../../consensus/ledger/flow/payouts.ts'
import { outcomes } from '../../../consensus/ledger/outcome.ts'
import { checkParams, type Params } from '../../../consensus/params.ts'
import type { Weighted } from '../../../consensus/records/schema.ts'
import { type RefKey, refKey, resolveRef } from '../../../consensus/ref.ts'
import { breathe } from '../../proofs/breathe.ts'
import { CorruptError } from '../../store/errors.ts'
import { blockKey } from '../../store/keys.ts'
import type { Store } from '../../store/store.ts'
import { epochPayouts } from '../epoch-payouts.ts'
import { finalBatches, recordsOf } from '../final-batches.ts'
import type { EpochSpan } from './epoch-span.ts'

/** Money on its way from one flow to the next. */
export interface Outbound extends Omit<Inbound, 'from'> {
  readonly to: FlowId
}

/** Who was paid at a flow. */
export interface SourcePayout {
  readonly account: AccountKey
  readonly role: Role
  readonly amount: Amount
}

/** A paid inference or action. */
export interface BilledRecord {
  readonly action: boolean
  readonly payee: AccountKey
  readonly batch: Cid
  readonly index: number
  readonly fee: Amount
  readonly uses: readonly Weighted[] | undefined
}

/** One that names an asset with a weight. */
export interface NamingRecord {
  readonly record: BilledRecord
  readonly weight: Ppm
}

export interface AttributionRecord {
  readonly ref: RefKey
  readonly model: RefKey
}

/** The money of one final epoch, as stored: every way from a fee to an account can be followed in it, forth and back. */
export class Books {
  readonly epoch: number
  readonly params: Params
  readonly payouts: readonly CreditedPayout[]
  readonly #flows = new Map<ByteKey, Flow>()
  readonly #naming = new Map<RefKey, Map<RefKey, NamingRecord[]>>()
  readonly #store: Store
  #outbound: Map<ByteKey, Outbound[]> | undefined
  #bySource: Map<ByteKey, SourcePayout[]> | undefined
  #records: { paid: Map<RefKey, BilledRecord[]>; attributions: AttributionRecord[] } | undefined

  private constructor(store: Store, epoch: number, params: Params, payouts: CreditedPayout[], flows: Iterable<Flow>) {
    this.#store = store
    this.epoch = epoch
    this.params = params
    this.payouts = payouts
    for (const flow of flows) this.#flows.set(flowKey(flow), flow)
  }

  /** Undefined where the epoch isn't here. */
  static async open(store: Store, epoch: number): Promise<Books | undefined> {
    const record = store.epochs.get(epoch)
    if (record === undefined) return undefined
    const { params } = decodeCheckpoint(record.checkpoint)
    const block = store.blocks.get(params)
    if (block === undefined) throw new CorruptError(blockKey(params), 'missing, though a checkpoint names it')
    const payouts: CreditedPayout[] = []
    for await (const payout of epochPayouts(store, epoch)) payouts.push(payout)
    const flows: Flow[] = []
    for await (const chunk of store.flows.all(epoch)) flows.push(...decodeFlows(chunk))
    return new Books(store, epoch, checkParams(decode(block)), payouts, flows)
  }

  flow(id: FlowId): Flow | undefined {
    return this.#flows.get(flowKey(id))
  }

  flows(): Iterable<Flow> {
    return this.#flows.values()
  }

  outbound(id: FlowId): readonly Outbound[] {
    this.#outbound ??= outboundOf(this.#flows.values())
    return this.#outbound.get(flowKey(id)) ?? []
  }

  paidAt(source: ByteKey): readonly SourcePayout[] {
    this.#bySource ??= payoutsBySource(this.payouts)
    return this.#bySource.get(source) ?? []
  }

  /** The paid records of a model or agent, by payee, then in the payee's order: the order of its flow. */
  paidRecords(earner: RefKey): readonly BilledRecord[] {
    this.#records ??= this.#readRecords()
    return this.#records.paid.get(earner) ?? []
  }

  /** The same of all models and agents that had any. */
  paid(): Iterable<readonly [earner: RefKey, records: readonly BilledRecord[]]> {
    this.#records ??= this.#readRecords()
    return this.#records.paid
  }

  /** Those of them that name an asset, in the same order. */
  paidNaming(earner: RefKey, asset: RefKey): readonly NamingRecord[] {
    let byAsset = this.#naming.get(earner)
    if (byAsset === undefined) {
      byAsset = namingByAsset(this.paidRecords(earner))
      this.#naming.set(earner, byAsset)
    }
    return byAsset.get(asset) ?? []
  }

  attributions(): readonly AttributionRecord[] {
    this.#records ??= this.#readRecords()
    return this.#records.attributions
  }

  #readRecords(): { paid: Map<RefKey, BilledRecord[]>; attributions: AttributionRecord[] } {
    const paid = new Map<RefKey, BilledRecord[]>()
    const attributions: AttributionRecord[] = []
    for (const { cid: batch, author: payee, outcome } of finalBatches(this.#store, this.epoch)) {
      for (const [index, record] of recordsOf(this.#store, batch).entries()) {
        const code = outcome.codes[index]
        if (record.kind === 'attribution' && code === outcomes.done) {
          attributions.push({ ref: refKey(batch, index), model: resolveRef(record.model, batch) })
        }
        if (code !== outcomes.paid || (record.kind !== 'inference' && record.kind !== 'action')) continue
        const action = record.kind === 'action'
        const earner = resolveRef(action ? record.agent : record.model, batch)
        const found = { action, payee, batch, index, fee: record.fee, uses: record.uses }
        const known = paid.get(earner)
        if (known === undefined) paid.set(earner, [found])
        else known.push(found)
      }
    }
    return { paid, attributions }
  }
}

/** The books of all epochs from `from` through `to` that are here; of the wanted ones, where they are told apart by less than their books. */
export async function* booksOf(
  store: Store,
  range: EpochSpan,
  isWanted?: (epoch: number) => Promise<boolean>,
): AsyncGenerator<Books> {
  for (let epoch = range.from; epoch <= range.to; epoch++) {
    await breathe()
    range.signal?.throwIfAborted()
    if (isWanted !== undefined && !(await isWanted(epoch))) continue
    const books = await Books.open(store, epoch)
    if (books !== undefined) yield books
  }
}

export function flowKey({ kind, key }: FlowId): ByteKey {
  return `${kind}/${key}`
}

function namingByAsset(records: readonly BilledRecord[]): Map<RefKey, NamingRecord[]> {
  const byAsset = new Map<RefKey, NamingRecord[]>()
  for (const record of records) {
    for (const [ref, weight] of record.uses ?? []) {
      const asset = resolveRef(ref, record.batch)
      const known = byAsset.get(asset)
      if (known === undefined) byAsset.set(asset, [{ record, weight }])
      else known.push({ record, weight })
    }
  }
  return byAsset
}

function outboundOf(flows: Iterable<Flow>): Map<ByteKey, Outbound[]> {
  const outbound = new Map<ByteKey, Outbound[]>()
  for (const { kind, key, inbound } of flows) {
    for (const { from, list, amount } of inbound) {
      const lines = outbound.get(flowKey(from))
      const line: Outbound = { to: { kind, key }, list, amount }
      if (lines === undefined) outbound.set(flowKey(from), [line])
      else lines.push(line)
    }
  }
  return outbound
}

function payoutsBySource(payouts: readonly CreditedPayout[]): Map<ByteKey, SourcePayout[]> {
  const bySource = new Map<ByteKey, SourcePayout[]>()
  for (const { account, lines } of payouts) {
    for (const { role, source, amount } of lines) {
      const known = bySource.get(source)
      if (known === undefined) bySource.set(source, [{ account, role, amount }])
      else known.push({ account, role, amount })
    }
  }
  return bySource
}
