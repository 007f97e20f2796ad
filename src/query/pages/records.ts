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

/**
 * What an author wrote, newest first, from before a place on; rivals of one seq stand side by side. Ends with the first batch that is
 * here: who joined by a snapshot has none of those before.
 */
export async function* recordsDown(
  store: Store,
  author: AccountKey,
  before: readonly [seq: number, batch: string, index: number] | undefined,
): AsyncGenerator<Step<RecordStatus>> {
  const first = await store.authors.first(fromKey(author))
  if (first === undefined) return
  const newest = await newestSeq(store, author)
  for (let seq = Math.min(before?.[0] ?? newest, newest); seq >= first.seq; seq--) {
    for (const { batch } of (await store.authors.at(fromKey(author), seq)).reverse()) {
      const isSame = seq === before?.[0]
      if (isSame && batch.key > before[1]) continue
      const reading = new BatchReading(store, batch)
      const top = isSame && batch.key === before[1] ? before[2] : reading.count
      for (let index = top - 1; index >= 0; index--) yield { at: [seq, batch.key, index], item: reading.record(index) }
    }
    yield { at: [seq, ...beforeAll], item: undefined }
  }
}

/** A place below all batches of its seq. */
const beforeAll = ['', 0] as const

async function newestSeq(store: Store, author: AccountKey): Promise<number> {
  const { seq, pending } = await authorStatus(store, author)
  return pending.at(-1)?.seq ?? seq
}
