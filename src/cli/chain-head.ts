import { Cid } from '../../consensus/cid.ts'
import type { AuthorStatus } from '../api/node-view.ts'
import type { ChainHead } from '../scenario/batch-writer.ts'

/** Where an author's next batch goes: on top of what is pending, else of what is final. */
export function chainHead({ seq, head, pending }: AuthorStatus): ChainHead {
  const last = pending.at(-1)
  if (last !== undefined) return { seq: last.seq, head: Cid.fromText(last.cid) }
  return { seq, head: head === null ? null : Cid.fromText(head) }
}
