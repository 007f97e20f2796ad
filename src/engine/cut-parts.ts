import { type Batch, type BatchHeader, decodeHeader } from '../../consensus/batch.ts'
import { equalBytes, fromKey } from '../../consensus/bytes.ts'
import { decode } from '../../consensus/cbor/decode.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Cut, CutEntry } from '../../consensus/cut.ts'
import { accountCellKey, accountCodec, emptyAccount } from '../../consensus/ledger/cells/account.ts'
import { decodeCell } from '../../consensus/ledger/cells/cell.ts'
import { CutError } from '../../consensus/ledger/cut-rules.ts'
import type { AuthorPart } from '../../consensus/ledger/execute.ts'
import type { StateSource } from '../../consensus/ledger/state-source.ts'
import type { LedgerRecord } from '../../consensus/records/registry.ts'
import type { Store } from '../store/store.ts'

/** The cut names a batch that isn't here: to be fetched, then tried again. */
export class MissingBatchError extends CutError {
  readonly batch: Cid

  constructor(batch: Cid) {
    super('missing-batch', `batch ${batch} is not here`)
    this.batch = batch
  }
}

interface HeldBatch extends BatchHeader {
  readonly cid: Cid
}

/** The batches of a cut as execution takes them; throws CutError where a chain doesn't lead back to its author's head. */
export function cutParts(store: Store, state: StateSource, chain: Cid, cut: Cut): AuthorPart[] {
  return cut.map(entry => authorPart(store, state, chain, entry))
}

function authorPart(store: Store, state: StateSource, chain: Cid, { author, seq, batch }: CutEntry): AuthorPart {
  const cell = state.get(accountCellKey(author))
  const head = cell === undefined ? emptyAccount : decodeCell(accountCodec, cell)
  if (seq <= head.seq) throw new CutError('empty-part', 'an author without new batches', { seq, final: head.seq })
  const branch: HeldBatch[] = []
  let bytes = 0
  let cid: Cid | null = batch
  for (let expected = seq; expected > head.seq; expected--) {
    if (cid === null) throw new CutError('chain', "a chain that ends before its author's head", { seq: expected })
    const held: { header: BatchHeader; bytes: number } = readHeader(store, chain, cid)
    if (held.header.seq !== expected) throw new CutError('chain', 'a batch out of its place', { seq: held.header.seq })
    branch.push({ ...held.header, cid })
    bytes += held.bytes
    cid = held.header.prev
  }
  const owner = fromKey(author)
  if (branch.some(held => !equalBytes(held.author, owner))) throw new CutError('author', 'a batch of another author')
  branch.reverse()
  return { author, bytes, batches: () => decodeBranch(store, branch) }
}

function readHeader(store: Store, chain: Cid, cid: Cid): { header: BatchHeader; bytes: number } {
  const stored = store.batches.get(cid)
  if (stored === undefined) throw new MissingBatchError(cid)
  const header = decodeHeader(stored.header, chain)
  return { header, bytes: stored.header.length + stored.signature.length + stored.bodyBytes }
}

/** Decodes body by body. What is stored was proved when it came in, and the store answers for it since. */
function* decodeBranch(store: Store, branch: readonly HeldBatch[]): Iterable<Batch> {
  for (const batch of branch) {
    const body = store.batches.body(batch.cid)
    if (body === undefined) throw new MissingBatchError(batch.cid)
    yield { ...batch, records: decode(body) as unknown as LedgerRecord[] }
  }
}
