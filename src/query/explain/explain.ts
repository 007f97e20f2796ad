import type { AccountKey } from '../../../consensus/account.ts'
import type { Cid } from '../../../consensus/cid.ts'
import { accountCellKey } from '../../../consensus/ledger/cells/account.ts'
import { outcomes } from '../../../consensus/ledger/outcome.ts'
import type { LedgerRecord } from '../../../consensus/records/registry.ts'
import { type RefKey, refFromKey, refKey } from '../../../consensus/ref.ts'
import type { Explanation, Subject } from '../../api/node-view.ts'
import { subjectText } from '../../api/subject.ts'
import type { Store } from '../../store/store.ts'
import { accountStatus } from '../account.ts'
import { recordsOf } from '../final-batches.ts'
import { explainAccount } from './account.ts'
import { explainAsset, explainDatanet } from './asset.ts'
import type { Branch } from './branch.ts'
import { Catalogue } from './catalogue.ts'
import { mismatches } from './claims.ts'
import type { EpochSpan } from './epoch-span.ts'
import { explainModel } from './model.ts'
import { explainRecord } from './record.ts'
import { explainSession } from './session.ts'

/** Where money came from or went to, over the epochs of `range`; undefined where the subject isn't known here. */
export async function explain(store: Store, subject: Subject, range: EpochSpan): Promise<Explanation | undefined> {
  const { from, to } = range
  const about = { subject: subjectText(subject), from, to }
  if (subject.type === 'account') {
    if (!(await isKnown(store, subject.account))) return undefined
    const oldest = Math.min(from, store.first())
    return { ...about, oldest, kind: 'account', root: (await explainAccount(store, subject.account, range)).toNode() }
  }
  const { batch, index } = subject
  const record = store.batches.has(batch) ? recordsOf(store, batch)[index] : undefined
  if (record === undefined) return undefined
  const ref = refKey(batch, index)
  const root = await explainWritten(store, ref, record, range)
  for (const { text, id } of mismatches(store, new Catalogue(store), ref, record)) root.remark(text, id)
  return { ...about, oldest: Math.min(from, finalEpoch(store, batch) ?? from), kind: record.kind, root: root.toNode() }
}

function explainWritten(store: Store, ref: RefKey, record: LedgerRecord, range: EpochSpan): Promise<Branch> {
  // What failed or is pending has made nothing that could earn or pay.
  if (!isDone(store, ref)) return explainRecord(store, ref, record)
  switch (record.kind) {
    case 'datanet':
      return explainDatanet(store, ref, range)
    case 'contribution':
    case 'refinement':
      return explainAsset(store, ref, range)
    case 'model':
    case 'agent':
      return explainModel(store, ref, range)
    case 'session':
      return explainSession(store, ref, record, range)
    default:
      return explainRecord(store, ref, record)
  }
}

/** Whoever has a status: a validator of the genesis before anything is paid to it, too. */
async function isKnown(store: Store, account: AccountKey): Promise<boolean> {
  if (store.state.get(accountCellKey(account)) !== undefined) return true
  const view = await store.view()
  try {
    return (await accountStatus(view, account)) !== undefined
  } finally {
    await view.close()
  }
}

/** Before it nothing can have come of a record. */
function finalEpoch(store: Store, batch: Cid): number | undefined {
  return store.outcomes.get(batch)?.epoch
}

function isDone(store: Store, ref: RefKey): boolean {
  const [batch, index] = refFromKey(ref)
  return store.outcomes.get(batch)?.codes[index] === outcomes.done
}
