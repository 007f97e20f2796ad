import type { Cid } from '../../consensus/cid.ts'
import { outcomes } from '../../consensus/ledger/outcome.ts'
import type { PaidRecord, Uses } from '../../consensus/ledger/paid-record.ts'
import type { Weighted } from '../../consensus/records/schema.ts'
import { type RefKey, resolveRef } from '../../consensus/ref.ts'
import { eachFinalBatch, type FinalBatch, recordsOf } from '../query/final-batches.ts'
import type { Store } from '../store/store.ts'
import { breathe } from './breathe.ts'

/** What the flow of an epoch started from, rebuilt: its paid records, and where attributions stand. */
export interface PaidIndex {
  readonly batches: readonly FinalBatch[]
  /** By model or agent; by payee, then in the payee's order. */
  readonly byEarner: ReadonlyMap<RefKey, readonly PaidRecord[]>
  /** By model. */
  readonly attributions: ReadonlyMap<RefKey, { readonly batch: Cid; readonly index: number }>
}

/** Reads all bodies of an epoch. */
export async function readPaidIndex(store: Store, epoch: number): Promise<PaidIndex> {
  const batches: FinalBatch[] = []
  const byEarner = new Map<RefKey, PaidRecord[]>()
  const attributions = new Map<RefKey, { batch: Cid; index: number }>()
  for await (const batch of eachFinalBatch(store, epoch)) {
    await breathe()
    batches.push(batch)
    addBatch(store, batch, byEarner, attributions)
  }
  return { batches, byEarner, attributions }
}

function addBatch(
  store: Store,
  { cid, author, outcome: { codes, settled } }: FinalBatch,
  byEarner: Map<RefKey, PaidRecord[]>,
  attributions: Map<RefKey, { batch: Cid; index: number }>,
): void {
  let paid = 0
  for (const [index, record] of recordsOf(store, cid).entries()) {
    const code = codes[index]
    if (record.kind === 'attribution' && code === outcomes.done) {
      attributions.set(resolveRef(record.model, cid), { batch: cid, index })
    }
    if (code !== outcomes.paid || (record.kind !== 'inference' && record.kind !== 'action')) continue
    const action = record.kind === 'action'
    const earner = resolveRef(action ? record.agent : record.model, cid)
    const found = {
      earner,
      action,
      payee: author,
      batch: cid,
      index,
      session: resolveRef(record.session, cid),
      fee: record.fee,
      settledAfter: settled[paid++]!,
      uses: usesOf(record.uses, cid),
    }
    const known = byEarner.get(earner)
    if (known === undefined) byEarner.set(earner, [found])
    else known.push(found)
  }
}

function usesOf(uses: readonly Weighted[] | undefined, batch: Cid): Uses | undefined {
  if (uses === undefined) return undefined
  return { assets: uses.map(([ref]) => resolveRef(ref, batch)), weights: uses.map(([, weight]) => weight) }
}
