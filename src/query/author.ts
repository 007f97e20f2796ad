import { type AccountKey, accountKeyText } from '../../consensus/account.ts'
import { fromKey } from '../../consensus/bytes.ts'
import type { Cid } from '../../consensus/cid.ts'
import { accountCellKey, accountCodec, emptyAccount } from '../../consensus/ledger/cells/account.ts'
import { decodeCell } from '../../consensus/ledger/cells/cell.ts'
import type { AuthorStatus } from '../api/node-view.ts'
import { u48Max } from '../store/keys.ts'
import type { Store } from '../store/store.ts'
import { headerOf } from './final-batches.ts'

/**
 * Where an author's chain ends, and what is held on top of it. Of rivals for one seq (R5) it follows the one that came first, ties
 * by CID; a running node asks its mempool, which knows the one it proposes.
 */
export async function authorStatus(store: Store, account: AccountKey): Promise<AuthorStatus> {
  const cell = store.state.get(accountCellKey(account))
  const { seq, head } = cell === undefined ? emptyAccount : decodeCell(accountCodec, cell)
  const pending = await heldBranch(store, account, seq, head)
  return {
    account: accountKeyText(account),
    seq,
    head: head?.toString() ?? null,
    pending: pending.map(({ seq, batch }) => ({ seq, cid: batch.toString() })),
  }
}

interface HeldBatch {
  readonly seq: number
  readonly batch: Cid
  readonly arrival: number
}

async function heldBranch(store: Store, account: AccountKey, seq: number, head: Cid | null): Promise<HeldBatch[]> {
  const branch: HeldBatch[] = []
  let tip = head
  let rivals: HeldBatch[] = []
  const follow = (): void => {
    const next = rivals
      .filter(({ batch }) => headerOf(store, batch).prev?.key === tip?.key)
      .reduce<HeldBatch | undefined>(
        (first, held) => (first && first.arrival <= held.arrival ? first : held),
        undefined,
      )
    rivals = []
    if (next === undefined) return
    branch.push(next)
    tip = next.batch
  }
  for await (const held of store.authors.range(fromKey(account), seq + 1, u48Max)) {
    if (rivals[0] !== undefined && held.seq !== rivals[0].seq) follow()
    if (held.seq !== seq + branch.length + 1) return branch
    rivals.push(held)
  }
  follow()
  return branch
}
