import { accountKeyText } from '../../consensus/account.ts'
import { toHex } from '../../consensus/bytes.ts'
import { decodeCheckpoint } from '../../consensus/checkpoint.ts'
import { Cid } from '../../consensus/cid.ts'
import type { EpochStatus } from '../api/node-view.ts'
import { nativeCrypto } from '../crypto/native.ts'
import type { Store } from '../store/store.ts'
import { eachFinalBatch } from './final-batches.ts'

export async function epochStatus(store: Store, epoch: number): Promise<EpochStatus | undefined> {
  const record = store.epochs.get(epoch)
  if (record === undefined) return undefined
  const batches: EpochStatus['batches'][number][] = []
  for await (const { author, cid, header, outcome } of eachFinalBatch(store, epoch))
    batches.push({
      author: accountKeyText(author),
      cid: cid.toString(),
      seq: header.seq,
      codes: toHex(outcome.codes),
    })
  return { ...checkpointText(record.checkpoint), batches }
}

/** A checkpoint block without what travels beside it. */
export function checkpointText(block: Uint8Array): Omit<EpochStatus, 'batches'> {
  const checkpoint = decodeCheckpoint(block)
  const { epoch, time, totals, usage } = checkpoint
  return {
    epoch,
    cid: Cid.of(nativeCrypto, block).toString(),
    time,
    roots: {
      batches: toHex(checkpoint.batchesRoot),
      flow: toHex(checkpoint.flowRoot),
      payout: toHex(checkpoint.payoutRoot),
      state: toHex(checkpoint.stateRoot),
    },
    totals,
    usage,
  }
}
