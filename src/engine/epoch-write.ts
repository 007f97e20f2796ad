import { encodeValidatorSet } from '../../consensus/agreement/validator-set.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import type { Value } from '../../consensus/cbor/value.ts'
import type { EpochResult } from '../../consensus/ledger/execute.ts'
import { encodeFlows } from '../../consensus/ledger/flow/codec.ts'
import { encodePayouts } from '../../consensus/ledger/flow/payout-codec.ts'
import type { EpochWrite } from '../store/epoch-write.ts'
import type { EpochRecord } from '../store/epochs.ts'

/**
 * What an executed epoch leaves in the store. The records behind a model's fees and uses aren't kept a second time: they are
 * rebuilt from the epoch's batches, the outcomes, and what sessions had settled.
 */
export function epochWrite(
  result: EpochResult,
  record: EpochRecord,
  epoch: number,
  lastCertificate: Uint8Array | null,
): EpochWrite {
  return {
    epoch,
    record,
    lastCertificate,
    outcomes: result.outcomes.map(({ batch, codes, settled }) => [batch, { epoch, codes, settled }] as const),
    state: result.state,
    pages: result.pages,
    blocks: epochBlocks(result),
    payoutChunks: encodePayouts(result.payouts),
    flowChunks: encodeFlows(result.flows),
  }
}

/** The blocks that the checkpoint names: who votes on this epoch, who on the next, the parameters in force. */
export function epochBlocks(result: Pick<EpochResult, 'validators' | 'nextValidators' | 'params'>): Uint8Array[] {
  return [
    encodeValidatorSet(result.validators),
    encodeValidatorSet(result.nextValidators),
    encode(result.params as unknown as Value),
  ]
}
