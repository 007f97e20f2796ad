import type { AccountKey } from '../../../consensus/account.ts'
import { fromKey } from '../../../consensus/bytes.ts'
import type { Cid } from '../../../consensus/cid.ts'
import type { LedgerRecord } from '../../../consensus/records/registry.ts'
import { breathe } from '../../proofs/breathe.ts'
import type { Store } from '../../store/store.ts'
import { recordsOf } from '../final-batches.ts'
import { finalSeq } from '../final-seq.ts'
import type { EpochSpan } from './epoch-span.ts'

/** A final record with what became of it. */
export interface FinalRecord {
  readonly batch: Cid
  readonly index: number
  readonly record: LedgerRecord
  /** R4: outcome code. */
  readonly code: number
  readonly epoch: number
}

/** What an author wrote that became final in these epochs, in its order. */
export async function* authorRecords(
  store: Store,
  author: AccountKey,
  { from, to, signal }: EpochSpan,
): AsyncGenerator<FinalRecord> {
  const first = await firstSeq(store, author, from)
  for await (const { batch } of store.authors.range(fromKey(author), first, finalSeq(store, author))) {
    await breathe()
    signal?.throwIfAborted()
    const outcome = store.outcomes.get(batch)
    // A rival for its seq that lost has none.
    if (outcome === undefined) continue
    if (outcome.epoch > to) return
    for (const [index, record] of recordsOf(store, batch).entries()) {
      yield { batch, index, record, code: outcome.codes[index]!, epoch: outcome.epoch }
    }
  }
}

/** The author's first batch that became final in `from` or later. A chain becomes final in its order, so that it needn't be read whole. */
async function firstSeq(store: Store, author: AccountKey, from: number): Promise<number> {
  let low = 1
  let high = finalSeq(store, author) + 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const epoch = await finalEpoch(store, author, middle)
    if (epoch === undefined || epoch < from) low = middle + 1
    else high = middle
  }
  return low
}

/** Undefined where it was final before this node joined. */
async function finalEpoch(store: Store, author: AccountKey, seq: number): Promise<number | undefined> {
  for (const { batch } of await store.authors.at(fromKey(author), seq)) {
    const outcome = store.outcomes.get(batch)
    if (outcome !== undefined) return outcome.epoch
  }
  return undefined
}
