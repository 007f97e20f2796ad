import { type AccountKey, accountKeyText, accountText } from '../../../consensus/account.ts'
import { toHex, toKey } from '../../../consensus/bytes.ts'
import { decode } from '../../../consensus/cbor/decode.ts'
import type { Cid } from '../../../consensus/cid.ts'
import { type CutEntry, parseCut } from '../../../consensus/cut.ts'
import type { BatchStatus } from '../../api/schema/batch.ts'
import type { FinalBatch } from '../../api/schema/epoch.ts'
import { breathe } from '../../proofs/breathe.ts'
import type { Store } from '../../store/store.ts'
import { headerOf } from '../final-batches.ts'
import type { Step } from './page.ts'

export function batchStatus(store: Store, cid: Cid): BatchStatus | undefined {
  if (!store.batches.has(cid)) return undefined
  const { author, seq, prev, time, count } = headerOf(store, cid)
  const outcome = store.outcomes.get(cid)
  return {
    cid: cid.toString(),
    author: accountText(author),
    seq,
    prev: prev?.toString() ?? null,
    time,
    records: count,
    epoch: outcome?.epoch ?? null,
    codes: outcome === undefined ? null : toHex(outcome.codes),
  }
}

/** Those of an epoch, by author and seq, after a place; of one author alone where one is given. */
export async function* batchesOf(
  store: Store,
  epoch: number,
  after?: readonly [author: AccountKey, seq: number],
): AsyncGenerator<Step<FinalBatch>> {
  for (const entry of cutOf(store, epoch)) {
    if (after !== undefined && entry.author < after[0]) continue
    const past = entry.author === after?.[0] ? after[1] : 0
    const author = accountKeyText(entry.author)
    for (const { cid, seq, codes } of await authorBatches(store, epoch, entry, past)) {
      yield { at: [entry.author, seq], item: { author, cid: cid.toString(), seq, codes: toHex(codes) } }
    }
  }
}

export function cutOf(store: Store, epoch: number): readonly CutEntry[] {
  const record = store.epochs.get(epoch)
  return record === undefined ? [] : parseCut(decode(record.cut))
}

export interface AuthorBatch {
  readonly cid: Cid
  readonly seq: number
  readonly codes: Uint8Array
}

/** What an epoch finalized of one author beyond a seq, in order; found from the last one back. */
export async function authorBatches(
  store: Store,
  epoch: number,
  { batch, author }: CutEntry,
  past = 0,
): Promise<AuthorBatch[]> {
  const found: AuthorBatch[] = []
  for (let cid: Cid | null = batch; cid !== null; ) {
    await breathe()
    const outcome = store.outcomes.get(cid)
    if (outcome?.epoch !== epoch) break
    const header = headerOf(store, cid)
    if (header.seq <= past || toKey(header.author) !== author) break
    found.push({ cid, seq: header.seq, codes: outcome.codes })
    cid = header.prev
  }
  return found.reverse()
}
