import { accountText } from '../../consensus/account.ts'
import type { Cid } from '../../consensus/cid.ts'
import { outcomeName } from '../../consensus/ledger/outcome.ts'
import { refText } from '../../consensus/ref.ts'
import type { RecordStatus } from '../api/node-view.ts'
import { recordText } from '../records/text.ts'
import type { Store } from '../store/store.ts'
import { headerOf, recordsOf } from './final-batches.ts'

export function recordStatus(store: Store, batch: Cid, index: number): RecordStatus | undefined {
  if (!store.batches.has(batch)) return undefined
  const record = recordsOf(store, batch)[index]
  if (record === undefined) return undefined
  const header = headerOf(store, batch)
  const outcome = store.outcomes.get(batch)
  const code = outcome?.codes[index]
  return {
    ref: refText([batch, index]),
    author: accountText(header.author),
    kind: record.kind,
    fields: recordText(record, batch),
    time: header.time,
    final: outcome === undefined || code === undefined ? null : { epoch: outcome.epoch, code, outcome: codeText(code) },
  }
}

/** R4: the name of an outcome code. */
export function codeText(code: number): string {
  return outcomeName(code) ?? String(code)
}
