import type { Log } from '../../network/log.ts'
import type { CommittedEpoch } from '../engine/executed-epoch.ts'
import type { ChainHead } from '../node/chain-head.ts'

/** The one line that a healthy node tells of an epoch. Of those that it catches up with, progress is told instead. */
export function logEpoch(
  log: Log,
  { epoch, cid, certificate, checkpoint }: ChainHead,
  { work, finalized }: CommittedEpoch,
  isSyncing: boolean,
): void {
  const facts = {
    epoch,
    checkpoint: cid.toString(),
    round: certificate?.round ?? 0,
    batches: finalized.length,
    records: Object.values(work.records).reduce((sum, count) => sum + count, 0),
    inferences: checkpoint?.usage.inferences ?? 0,
    paidAccounts: checkpoint?.usage.paid ?? 0,
    executeMs: Math.round(work.executeMs),
  }
  if (isSyncing) log.debug(facts, 'an epoch is final')
  else log.info(facts, 'an epoch is final')
}
