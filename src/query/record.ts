import { accountText } from '../../consensus/account.ts'
import type { BatchHeader } from '../../consensus/batch.ts'
import type { Cid } from '../../consensus/cid.ts'
import { outcomeName } from '../../consensus/ledger/outcome.ts'
import type { LedgerRecord } from '../../consensus/records/registry.ts'
import { refText } from '../../consensus/ref.ts'
import type { RecordStatus } from '../api/node-view.ts'
import { recordText } from '../records/text.ts'
import type { BatchOutcome } from '../store/outcomes.ts'
import type { Store } from '../store/store.ts'
import { headerOf, recordsOf } from './final-batches.ts'

export function recordStatus(store: Store, batch: Cid, index: number): RecordStatus | undefined {
  return store.batches.has(batch) ? new BatchReading(store, batch).record(index) : undefined
}

/** A batch that is held, read once for all of its records. */
export class BatchReading {
  readonly #batch: Cid
  readonly #header: BatchHeader
  readonly #records: readonly LedgerRecord[]
  readonly #outcome: BatchOutcome | undefined

  constructor(store: Store, batch: Cid) {
    this.#batch = batch
    this.#header = headerOf(store, batch)
    this.#records = recordsOf(store, batch)
    this.#outcome = store.outcomes.get(batch)
  }

  get count(): number {
    return this.#records.length
  }

  /** Undefined where there is none with this index. */
  record(index: number): RecordStatus | undefined {
    const record = this.#records[index]
    if (record === undefined) return undefined
    const code = this.#outcome?.codes[index]
    const epoch = this.#outcome?.epoch
    return {
      ref: refText([this.#batch, index]),
      author: accountText(this.#header.author),
      kind: record.kind,
      fields: recordText(record, this.#batch),
      time: this.#header.time,
      final: epoch === undefined || code === undefined ? null : { epoch, code, outcome: codeText(code) },
    }
  }
}

/** R4: the name of an outcome code. */
export function codeText(code: number): string {
  return outcomeName(code) ?? String(code)
}
