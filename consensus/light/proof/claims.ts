import type { AccountKey } from '../../account.ts'
import type { Amount } from '../../amount.ts'
import type { AssetCell } from '../../ledger/cells/asset.ts'
import { ProofError } from '../../merkle/proof-error.ts'
import type { Action } from '../../records/action.ts'
import type { Inference } from '../../records/inference.ts'
import type { LedgerRecord } from '../../records/registry.ts'
import type { Price } from '../../records/schema.ts'
import { type RefKey, resolveRef } from '../../ref.ts'
import type { PaidBill } from './paid-records.ts'
import type { ProvedClaim } from './proved-node.ts'
import type { SignedRecord } from './signed-batch.ts'

/** Where claims are compared: the records and assets that they point to, proved. */
export interface ClaimSource {
  record(ref: RefKey): Promise<SignedRecord>
  asset(ref: RefKey): Promise<AssetCell>
}

const tokensPerPrice = 1000n

/** What a model's price makes of the tokens; undefined where that is what was billed. A fee may be rounded either way, by less than 1 µOPEN. */
export function otherPrice(price: Price, { tokensIn, tokensOut, fee }: Inference): Amount | undefined {
  const exact = BigInt(price.in) * BigInt(tokensIn) + BigInt(price.out) * BigInt(tokensOut)
  const difference = BigInt(fee) * tokensPerPrice - exact
  const isPriced = difference < tokensPerPrice && difference > -tokensPerPrice
  return isPriced ? undefined : Number(exact / tokensPerPrice)
}

/**
 * R6: compares what records claim with what they point to. It proves no amount: whoever can't be asked leaves a claim uncompared, and
 * that is said. Whether a record that is called or named as a source was paid isn't looked at: that stands in another epoch.
 */
export class ClaimReader {
  readonly #source: ClaimSource

  constructor(source: ClaimSource) {
    this.#source = source
  }

  async ofBill({ signed, bill }: PaidBill): Promise<ProvedClaim[]> {
    const own = bill.kind === 'inference' ? this.#price(signed, bill) : this.#calls(signed, bill)
    return (await Promise.all([own, this.#reach(signed, bill)])).flat()
  }

  /** Of a contribution or refinement. */
  async ofData(ref: RefKey): Promise<ProvedClaim[]> {
    const signed = await this.#known(this.#source.record(ref))
    if (signed === undefined) return [{ fault: 'unknown', about: ref }]
    const { record, batch } = signed
    if (record.kind !== 'refinement' || record.source === undefined) return []
    const sourceRef = resolveRef(record.source, batch)
    const source = await this.#known(this.#source.record(sourceRef))
    if (source === undefined) return [{ fault: 'unknown', about: sourceRef }]
    if (source.record.kind !== 'inference') return [{ fault: 'source-kind', about: sourceRef }]
    const drewOn = new Set((source.record.uses ?? []).map(([use]) => resolveRef(use, source.batch)))
    const parents = new Set(record.parents.map(([parent]) => resolveRef(parent, batch)))
    return [
      ...[...parents].filter(parent => !drewOn.has(parent)).map(about => ({ fault: 'source-parent', about }) as const),
      ...[...drewOn].filter(use => !parents.has(use)).map(about => ({ fault: 'source-use', about }) as const),
    ]
  }

  async #price({ batch }: SignedRecord, bill: Inference): Promise<ProvedClaim[]> {
    const about = resolveRef(bill.model, batch)
    const model = await this.#known(this.#source.record(about))
    if (model?.record.kind !== 'model') return [{ fault: 'unknown', about }]
    const listed = otherPrice(model.record.price, bill)
    return listed === undefined ? [] : [{ fault: 'price', about, listed }]
  }

  /** F3: what is out of reach isn't paid, whoever names it. */
  async #reach({ batch }: SignedRecord, bill: Inference | Action): Promise<ProvedClaim[]> {
    const earner = resolveRef(bill.kind === 'action' ? bill.agent : bill.model, batch)
    const cell = await this.#known(this.#source.asset(earner))
    if (cell === undefined || !('reach' in cell)) return [{ fault: 'unknown', about: earner }]
    const reach = new Set(cell.reach)
    const named = (bill.uses ?? []).map(([use]) => resolveRef(use, batch)).filter(asset => !reach.has(asset))
    const found = await Promise.all(
      named.map(async (about): Promise<ProvedClaim[]> => {
        const asset = await this.#known(this.#source.asset(about))
        const isWithin = asset !== undefined && 'datanet' in asset && reach.has(asset.datanet)
        return isWithin ? [] : [{ fault: 'reach', about }]
      }),
    )
    return found.flat()
  }

  async #calls({ batch, author, record }: SignedRecord, action: Action): Promise<ProvedClaim[]> {
    const [agent, payer] = await Promise.all([
      this.#known(this.#source.asset(resolveRef(action.agent, batch))),
      this.#payerOf(record, batch),
    ])
    const models = agent !== undefined && 'bases' in agent ? agent.bases.map(([base]) => base) : []
    const found = await Promise.all(
      action.calls.map(async (call): Promise<ProvedClaim[]> => {
        const about = resolveRef(call, batch)
        const called = await this.#known(this.#source.record(about))
        if (called === undefined) return [{ fault: 'unknown', about }]
        const { record: bill } = called
        if (bill.kind !== 'inference' && bill.kind !== 'action') return [{ fault: 'call-kind', about }]
        const claims: ProvedClaim[] = []
        if (bill.kind === 'inference') {
          const model = resolveRef(bill.model, called.batch)
          if (!models.includes(model)) claims.push({ fault: 'call-model', about: model })
        }
        const paidBy = await this.#payerOf(bill, called.batch)
        if (paidBy !== undefined && paidBy !== author && paidBy !== payer) claims.push({ fault: 'call-payer', about })
        return claims
      }),
    )
    return found.flat()
  }

  /** Who opened the session that a bill was settled in. */
  async #payerOf(bill: LedgerRecord, batch: SignedRecord['batch']): Promise<AccountKey | undefined> {
    if (!('session' in bill)) return undefined
    return (await this.#known(this.#source.record(resolveRef(bill.session, batch))))?.author
  }

  /** Nodes that joined late have no old records: that is nobody's fault. */
  async #known<T>(wanted: Promise<T>): Promise<T | undefined> {
    try {
      return await wanted
    } catch (error) {
      if (error instanceof ProofError && error.check === 'missing') return undefined
      throw error
    }
  }
}
