import { concat } from '../../consensus/bytes.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import { decodeCheckpoint } from '../../consensus/checkpoint.ts'
import { Cid } from '../../consensus/cid.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { nativeCrypto } from '../crypto/native.ts'
import { eachFinalBatch } from '../query/final-batches.ts'
import type { EpochRecord } from '../store/epochs.ts'
import { CorruptError } from '../store/errors.ts'
import { batchKey, blockKey, epochKey } from '../store/keys.ts'
import type { Store } from '../store/store.ts'

/** Sets and parameters stay the same for long: so many of the newest aren't written again. */
const writtenMax = 256

/**
 * CAR version 1 (https://ipld.io/specs/transport/car/carv1/) of final epochs, from the oldest: per epoch the certificate of the one before,
 * the checkpoint, what that names, the cut, and of each batch header and body. The root is the newest checkpoint.
 *
 * Every link in these blocks leads to a block of the file, but for those that lead before the first epoch (`prev` of checkpoints and
 * batches, refs to older records) and those to what contents are, which the ledger never holds (`content`, `artifact`).
 */
export async function* writeCar(store: Store, { from, to }: { from: number; to: number }): AsyncGenerator<Uint8Array> {
  const newest = store.epochs.get(to)
  if (newest === undefined || from > to)
    throw new LedgerError('not-yet', `there is no final epoch from ${from} to ${to}`, { from, to })
  const header = encode({ version: 1, roots: [Cid.of(nativeCrypto, newest.checkpoint)] })
  yield concat(varint(header.length), header)
  const written = new Written()
  const genesis = store.genesis()
  if (genesis !== undefined) yield section(Cid.of(nativeCrypto, genesis), genesis)
  for (let epoch = from; epoch <= to; epoch++)
    for await (const block of epochBlocks(store, epoch)) yield* written.once(block)
  yield* written.once(recordOf(store, to).certificate)
}

async function* epochBlocks(store: Store, epoch: number): AsyncGenerator<Uint8Array> {
  const { checkpoint, cut } = recordOf(store, epoch)
  const { validators, nextValidators, params, lastCertificate } = decodeCheckpoint(checkpoint)
  const before = store.epochs.get(epoch - 1)
  if (lastCertificate !== null && before !== undefined) yield before.certificate
  for (const named of [validators, nextValidators, params]) yield namedBlock(store, named)
  yield checkpoint
  yield cut
  for await (const { cid } of eachFinalBatch(store, epoch)) {
    const stored = store.batches.get(cid)
    const body = store.batches.body(cid)
    if (stored === undefined || body === undefined) throw new CorruptError(batchKey(cid), 'missing, though it is final')
    yield stored.header
    yield body
  }
}

function recordOf(store: Store, epoch: number): EpochRecord {
  const record = store.epochs.get(epoch)
  if (record === undefined) throw new CorruptError(epochKey(epoch), 'missing')
  return record
}

function namedBlock(store: Store, cid: Cid): Uint8Array {
  const block = store.blocks.get(cid)
  if (block === undefined) throw new CorruptError(blockKey(cid), 'missing, though a checkpoint names it')
  return block
}

/** What was written lately, so that what every epoch names stands there once. */
class Written {
  readonly #cids = new Set<string>()

  /** The block's section, unless it was written lately. */
  once(block: Uint8Array): Uint8Array[] {
    const cid = Cid.of(nativeCrypto, block)
    const isKnown = this.#cids.delete(cid.key)
    this.#cids.add(cid.key)
    if (this.#cids.size > writtenMax) this.#cids.delete(this.#cids.keys().next().value!)
    return isKnown ? [] : [section(cid, block)]
  }
}

function section(cid: Cid, block: Uint8Array): Uint8Array {
  return concat(varint(cid.bytes.length + block.length), cid.bytes, block)
}

/** Unsigned LEB128. */
function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  return Uint8Array.of(...bytes, rest)
}
