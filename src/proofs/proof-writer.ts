import type { AccountKey } from '../../consensus/account.ts'
import { decodeCheckpoint } from '../../consensus/checkpoint.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { KeepingSource, keptReader } from '../../consensus/light/proof/kept-parts.ts'
import { encodeProofFile, linksMax } from '../../consensus/light/proof/proof-file.ts'
import { ProvedBooks } from '../../consensus/light/proof/proved-books.ts'
import { walkPayout } from '../../consensus/light/proof/walk.ts'
import { nativeCrypto as crypto } from '../crypto/native.ts'
import type { SavedProof } from '../light/saved-proof.ts'
import { CorruptError } from '../store/errors.ts'
import { blockKey, epochKey } from '../store/keys.ts'
import type { Store } from '../store/store.ts'
import { Prover } from './prover.ts'

/** Bytes of a proof file about an account's payout in `epoch`, from the store of a node; the CID that they are checked with. */
export async function writeProof(store: Store, account: AccountKey, epoch: number): Promise<SavedProof> {
  const head = store.head()
  if (head === undefined || epoch < 1 || epoch > head.epoch) {
    throw new LedgerError('not-yet', `epoch ${epoch} isn't final here: the newest is ${head?.epoch ?? 0}`)
  }
  const checkpoints = checkpointsBack(store, head.epoch, epoch)
  const state = decodeCheckpoint(checkpoints[0]!)
  const checkpoint = decodeCheckpoint(checkpoints.at(-1)!)
  const { certificate } = store.epochs.get(head.epoch)!
  const validators = store.blocks.get(state.validators)
  if (validators === undefined)
    throw new CorruptError(blockKey(state.validators), 'missing, though a checkpoint names it')
  const prover = new Prover(store)
  try {
    const keeping = new KeepingSource(prover)
    const books = new ProvedBooks({ crypto, checkpoint, state }, keptReader(keeping), 'deep')
    await walkPayout(books, account)
    const bytes = encodeProofFile({ account, checkpoints, certificate, validators, parts: keeping.parts })
    return { bytes, trust: head.checkpoint.toString(), newest: head.epoch }
  } finally {
    await prover.close()
  }
}

function checkpointsBack(store: Store, from: number, to: number): Uint8Array[] {
  if (from - to >= linksMax) {
    throw new LedgerError('too-old', `epoch ${to} is more than ${linksMax} epochs back`, { newest: from })
  }
  return Array.from({ length: from - to + 1 }, (_, back) => {
    const record = store.epochs.get(from - back)
    if (record === undefined) throw new CorruptError(epochKey(from - back), 'missing')
    return record.checkpoint
  })
}
