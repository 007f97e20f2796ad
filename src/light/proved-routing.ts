import type { Checkpoint } from '../../consensus/checkpoint.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { walkBoundsDefault } from '../../consensus/light/proof/limits.ts'
import { ProvedBooks } from '../../consensus/light/proof/proved-books.ts'
import { ProofReader } from '../../consensus/light/proof/reader.ts'
import { checkRouted, type RoutedRecord } from '../../consensus/light/proof/routed.ts'
import { readRecords, type SignedRecord } from '../../consensus/light/proof/signed-batch.ts'
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
  const routed = await withFreshState(client, state =>
    proofs.walk(source => {
      const reader = new ProofReader(source, walkBoundsDefault)
      return checkRouted(new ProvedBooks({ crypto, checkpoint, state }, reader, 'deep'), batch, index, asset)
    }),
  )
  return { ...routed, epoch: checkpoint.epoch }
}

async function finalizedIn(
  client: LightClient,
  proofs: PeerProofs,
  { record, epoch, crypto, onProgress }: RoutingQuestion,
): Promise<Checkpoint> {
  const [batch, index]: readonly [Cid, number] = refFromKey(record)
  for await (const { checkpoint } of client.back(client.head, epoch ?? 1)) {
    if (epoch !== undefined && checkpoint.epoch !== epoch) continue
    onProgress(`looking in epoch ${checkpoint.epoch}`)
    const [signed] = await proofs.walk(source =>
      readRecords({ crypto, checkpoint }, new ProofReader(source, walkBoundsDefault), batch, [index]),
    )
    // What the author signed is no fault of the peer that shows it.
    expectBill(signed!)
    if (signed!.code !== undefined) return checkpoint
  }
  const where = epoch === undefined ? `in none of the ${client.head.epoch} epochs` : `not in epoch ${epoch}`
  throw new LedgerError(
    'not-final',
    `${refKeyText(record)} became final ${where}`,
    { epoch: epoch ?? null },
    epoch === undefined ? 'a record without an epoch is pending: ask again later' : 'leave out --epoch to look in all',
  )
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
