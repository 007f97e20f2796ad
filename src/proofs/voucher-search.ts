import { decodeHeader } from '../../consensus/batch.ts'
import type { Cid } from '../../consensus/cid.ts'
import { outcomes } from '../../consensus/ledger/outcome.ts'
import type { Voucher } from '../../consensus/records/voucher.ts'
import { type RefKey, resolveRef } from '../../consensus/ref.ts'
import type { Store } from '../store/store.ts'
import type { BatchRecords } from './batch-records.ts'
import { breathe } from './breathe.ts'

/** How far back a voucher is looked for: payees submit one shortly before the fees that it covers. */
const batchesBackMax = 256

/**
 * A voucher of the session over at least so much, going back in its payee's chain from a final batch. Undefined where there is none
 * within the bound.
 */
export async function findVoucher(
  store: Store,
  read: (batch: Cid) => BatchRecords | undefined,
  { session, atLeast, by }: { readonly session: RefKey; readonly atLeast: number; readonly by: Cid },
  signal?: AbortSignal,
): Promise<Voucher | undefined> {
  const chain = store.chain()!
  let at: Cid | null = by
  for (let back = 0; at !== null && back < batchesBackMax; back++) {
    const batch: BatchRecords | undefined = read(at)
    if (batch === undefined) return undefined
    const found = voucherIn(store, batch, session, atLeast)
    if (found !== undefined) return found
    at = decodeHeader(batch.signed.header, chain).prev
    await breathe()
    signal?.throwIfAborted()
  }
  return undefined
}

function voucherIn(
  store: Store,
  { batch, records }: BatchRecords,
  session: RefKey,
  atLeast: number,
): Voucher | undefined {
  const codes = store.outcomes.get(batch)?.codes
  for (let index = records.length - 1; index >= 0; index--) {
    const record = records[index]!
    if (record.kind !== 'voucher' || record.total < atLeast || codes?.[index] !== outcomes.done) continue
    if (resolveRef(record.session, batch) === session) return record
  }
  return undefined
}
