import type { AccountKey } from '../../../consensus/account.ts'
import { fromKey } from '../../../consensus/bytes.ts'
import type { Cid } from '../../../consensus/cid.ts'
import type { RecordStatus } from '../../api/schema/record.ts'
import type { Store } from '../../store/store.ts'
import { authorStatus } from '../author.ts'
import { BatchReading } from '../record.ts'
import type { Step } from './page.ts'

/** Those of a batch, after a position. */
export function* recordsIn(store: Store, batch: Cid, after = -1): Generator<Step<RecordStatus>> {
  const reading = new BatchReading(store, batch)
  for (let index = after + 1; index < reading.count; index++) yield { at: [index], item: reading.record(index) }
}

/** What an author wrote, newest first, from before a place on; rivals of one seq stand side by side. */
export async function* recordsDown(
  store: Store,
  author: AccountKey,
  before: readonly [seq: number, batch: string, index: number] | undefined,
): AsyncGenerator<Step<RecordStatus>> {
  for (let seq = before?.[0] ?? (await newestSeq(store, author)); seq >= 1; seq--) {
    for (const { batch } of (await store.authors.at(fromKey(author), seq)).reverse()) {
      const isSame = seq === before?.[0]
      if (isSame && batch.key > before[1]) continue
      const reading = new BatchReading(store, batch)
      const top = isSame && batch.key === before[1] ? before[2] : reading.count
      for (let index = top - 1; index >= 0; index--) yield { at: [seq, batch.key, index], item: reading.record(index) }
    }
  }
}

async function newestSeq(store: Store, author: AccountKey): Promise<number> {
  const { seq, pending } = await authorStatus(store, author)
  return pending.at(-1)?.seq ?? seq
}
