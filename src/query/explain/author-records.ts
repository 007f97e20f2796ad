import type { AccountKey } from '../../../consensus/account.ts'
import { fromKey } from '../../../consensus/bytes.ts'
import type { Cid } from '../../../consensus/cid.ts'
import type { LedgerRecord } from '../../../consensus/records/registry.ts'
import { breathe } from '../../proofs/breathe.ts'
import type { Store } from '../../store/store.ts'
import { seqMax } from '../author.ts'
import { recordsOf } from '../final-batches.ts'
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
  for await (const { batch } of store.authors.range(fromKey(author), 1, seqMax)) {
    await breathe()
    signal?.throwIfAborted()
    const outcome = store.outcomes.get(batch)
    if (outcome === undefined || outcome.epoch < from || outcome.epoch > to) continue
    for (const [index, record] of recordsOf(store, batch).entries()) {
      yield { batch, index, record, code: outcome.codes[index]!, epoch: outcome.epoch }
    }
  }
}
