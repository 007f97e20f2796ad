import type { ProposedValue } from '../../consensus/agreement/proposal.ts'
import { encodeCheckpoint } from '../../consensus/checkpoint.ts'
import type { Cut } from '../../consensus/cut.ts'
import { CutError } from '../../consensus/ledger/cut-rules.ts'
import type { Log } from '../../network/log.ts'
import type { ExecutedEpoch } from '../engine/executed-epoch.ts'
import type { Ledger } from './ledger.ts'

/** L18, getValue(): what this node proposes: its cut, executed, under a checkpoint. */
export async function makeValue(ledger: Ledger, built: Cut, now: number, log: Log): Promise<ProposedValue> {
  const { head } = ledger
  const { cut, executed } = await executeOwn(ledger, built, log)
  const time = Math.max(head.time + 1, now)
  const checkpoint = encodeCheckpoint(ledger.nextCheckpoint(executed, time))
  return { checkpoint, cut, lastCertificate: head.certificateBlock }
}

/** An own cut that breaks a rule is a bug; an empty one keeps the network going while it is looked for. */
async function executeOwn(ledger: Ledger, cut: Cut, log: Log): Promise<{ cut: Cut; executed: ExecutedEpoch }> {
  const { certificateBlock: lastCertificate } = ledger.head
  const epoch = ledger.head.epoch + 1
  try {
    return { cut, executed: await ledger.execute({ epoch, cut, lastCertificate }) }
  } catch (error) {
    if (!(error instanceof CutError)) throw error
    log.error({ epoch, code: error.code, error: error.message }, 'the own cut breaks a rule: proposing an empty one')
    return { cut: [], executed: await ledger.execute({ epoch, cut: [], lastCertificate }) }
  }
}
