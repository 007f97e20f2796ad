import { type AccountKey, accountKeyText } from '../../consensus/account.ts'
import { type BatchHeader, decodeHeader } from '../../consensus/batch.ts'
import { toKey } from '../../consensus/bytes.ts'
import { decode } from '../../consensus/cbor/decode.ts'
import type { Cid } from '../../consensus/cid.ts'
import { type CutEntry, parseCut } from '../../consensus/cut.ts'
import type { LedgerRecord } from '../../consensus/records/registry.ts'
import { breathe } from '../proofs/breathe.ts'
import { CorruptError } from '../store/errors.ts'
import { batchKey, bodyKey, metaKey, outcomeKey } from '../store/keys.ts'
import type { BatchOutcome } from '../store/outcomes.ts'
import type { Store } from '../store/store.ts'

/**
 * So many are read between two looks at how long that has held up everything else: some milliseconds. Few are read in one go, whatever
 * the clock says.
 */
const readAtOnce = 64

/** A batch that an epoch finalized, and what became of it. */
export interface FinalBatch {
  readonly cid: Cid
  readonly author: AccountKey
  readonly header: BatchHeader
  readonly outcome: BatchOutcome
}

/** The batches of a final epoch in the order of `batchesRoot`: by author, then seq. Empty where the epoch isn't here. */
export function finalBatches(store: Store, epoch: number): FinalBatch[] {
  return cutOf(store, epoch).flatMap(entry => [...authorBatches(store, epoch, entry)].reverse())
}

/** The same, read author by author as they are taken; everything else that the process has to do gets its turn meanwhile. */
export async function* eachFinalBatch(store: Store, epoch: number): AsyncGenerator<FinalBatch> {
  let read = 0
  for (const entry of cutOf(store, epoch)) {
    const own: FinalBatch[] = []
    for (const batch of authorBatches(store, epoch, entry)) {
      own.push(batch)
      if (++read % readAtOnce === 0) await breathe()
    }
    yield* own.reverse()
  }
}

function cutOf(store: Store, epoch: number): readonly CutEntry[] {
  const record = store.epochs.get(epoch)
  return record === undefined ? [] : parseCut(decode(record.cut))
}

/** R1: what is stored was checked when it came in; its form needs no second proof. */
export function recordsOf(store: Store, batch: Cid): LedgerRecord[] {
  const body = store.batches.body(batch)
  if (body === undefined) {
    const header = store.batches.get(batch)
    throw new CorruptError(header === undefined ? batchKey(batch) : bodyKey(header.arrival, batch), 'missing')
  }
  return decode(body) as unknown as LedgerRecord[]
}

export function headerOf(store: Store, batch: Cid): BatchHeader {
  const stored = store.batches.get(batch)
  if (stored === undefined) throw new CorruptError(batchKey(batch), 'missing')
  const chain = store.chain()
  if (chain === undefined) throw new CorruptError(metaKey('chain'), 'missing')
  return decodeHeader(stored.header, chain)
}

/**
 * Back from the last batch of the author to the first that isn't of this epoch. Of one that became final before a snapshot that the node
 * joined by, it has neither the batch nor the outcome.
 */
function* authorBatches(store: Store, epoch: number, { author, batch }: CutEntry): Generator<FinalBatch> {
  for (let cid: Cid | null = batch; cid !== null; ) {
    const outcome = store.outcomes.get(cid)
    if (outcome === undefined && cid !== batch && store.first() > 1 && !store.batches.has(cid)) break
    if (outcome === undefined)
      throw new CorruptError(outcomeKey(cid), `missing, though ${accountKeyText(author)} is final`)
    if (outcome.epoch !== epoch) break
    const header: BatchHeader = headerOf(store, cid)
    yield { cid, author: toKey(header.author), header, outcome }
    cid = header.prev
  }
}
