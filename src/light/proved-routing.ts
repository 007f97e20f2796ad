import type { ByteKey } from '../../consensus/bytes.ts'
import { toKey } from '../../consensus/bytes.ts'
import type { Checkpoint } from '../../consensus/checkpoint.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { verifyFound } from '../../consensus/light/proof/found-leaf.ts'
import { batchTreeKey, parseBatchLeaf } from '../../consensus/light/proof/leaves.ts'
import { walkBoundsDefault } from '../../consensus/light/proof/limits.ts'
import { ProvedBooks } from '../../consensus/light/proof/proved-books.ts'
import { ProofReader } from '../../consensus/light/proof/reader.ts'
import { checkRouted, type RoutedRecord } from '../../consensus/light/proof/routed.ts'
import { readRecords, type SignedRecord, verifyHeader } from '../../consensus/light/proof/signed-batch.ts'
import type { Trusted } from '../../consensus/light/proof/trust.ts'
import { type RefKey, refFromKey, refKeyText } from '../../consensus/ref.ts'
import { withFreshState } from './fresh-state.ts'
import type { LightClient } from './light-client.ts'
import { PeerProofs } from './peer-proofs.ts'

export interface RoutingQuestion {
  readonly record: RefKey
  readonly asset: RefKey
  /** That finalized the record; where it isn't known, it is looked for from the newest on. */
  readonly epoch: number | undefined
  readonly crypto: Crypto
  readonly onProgress: (text: string) => void
}

export interface ProvedRouting extends RoutedRecord {
  readonly epoch: number
}

/** Proves whether the fee of a record went on its way to an asset. Throws LedgerError `not-final`, `no-bill` or `no-peer`. */
export async function proveRouting(client: LightClient, question: RoutingQuestion): Promise<ProvedRouting> {
  const { record, asset, crypto } = question
  const [batch, index] = refFromKey(record)
  const proofs = new PeerProofs(client.peers)
  const checkpoint = await finalizedIn(client, proofs, question)
  const [signed] = await proofs.walk(source =>
    readRecords({ crypto, checkpoint }, new ProofReader(source, walkBoundsDefault), batch, [index]),
  )
  // What the author signed is no fault of the peer that shows it.
  expectBill(signed!)
  const routed = await withFreshState(client, state =>
    proofs.walk(source => {
      const reader = new ProofReader(source, walkBoundsDefault)
      return checkRouted(new ProvedBooks({ crypto, checkpoint, state }, reader, 'deep'), batch, index, asset)
    }),
  )
  return { ...routed, epoch: checkpoint.epoch }
}

/** Each epoch is looked into by the author's place in its tree of batches: that a batch isn't in it is proved as well. */
async function finalizedIn(
  client: LightClient,
  proofs: PeerProofs,
  { record, epoch, crypto, onProgress }: RoutingQuestion,
): Promise<Checkpoint> {
  const [batch, index]: readonly [Cid, number] = refFromKey(record)
  let key: ByteKey | undefined
  for await (const { checkpoint } of client.back(client.head, epoch ?? 1)) {
    if (epoch !== undefined && checkpoint.epoch !== epoch) continue
    onProgress(`looking in epoch ${checkpoint.epoch}`)
    const trusted = { crypto, checkpoint }
    key ??= await proofs.walk(source => placeOf(trusted, new ProofReader(source, walkBoundsDefault), batch, index))
    const place = key
    const final = await proofs.walk(source => batchAt(trusted, new ProofReader(source, walkBoundsDefault), place))
    if (final?.equals(batch) === true) return checkpoint
  }
  const where = epoch === undefined ? `in none of the ${client.head.epoch} epochs` : `not in epoch ${epoch}`
  throw new LedgerError(
    'not-final',
    `${refKeyText(record)} became final ${where}`,
    { epoch: epoch ?? null },
    epoch === undefined ? 'a record without an epoch is pending: ask again later' : 'leave out --epoch to look in all',
  )
}

const batches = { name: 'batches' } as const

/** Where the batch of a record stands in the epoch that finalizes it. */
async function placeOf(trusted: Trusted, reader: ProofReader, batch: Cid, index: number): Promise<ByteKey> {
  const indices = [index]
  const answer = await reader.want(trusted.checkpoint.epoch, { type: 'records', batch, indices })
  const { author, seq } = verifyHeader(trusted, batch, answer)
  return batchTreeKey(toKey(author), seq)
}

/** The batch that an epoch finalized at this place; undefined where it is proved that there is none. */
async function batchAt(
  { crypto, checkpoint: { epoch, batchesRoot } }: Trusted,
  reader: ProofReader,
  key: ByteKey,
): Promise<Cid | undefined> {
  const answer = await reader.want(epoch, { type: 'find', tree: batches, key })
  const found = verifyFound(crypto, batches, batchesRoot, key, answer)
  return found && parseBatchLeaf(found.leaf).batch
}

function expectBill({ ref, record: { kind } }: SignedRecord): void {
  if (kind === 'inference' || kind === 'action') return
  throw new LedgerError(
    'no-bill',
    `${refKeyText(ref)} is a ${kind}: expected an inference or action, which alone have fees`,
    { kind },
    'name the record first, then the asset',
  )
}
