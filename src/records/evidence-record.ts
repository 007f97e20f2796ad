import { type Evidence, signedMessageValue } from '../../consensus/agreement/evidence.ts'
import type { ValueMap } from '../../consensus/cbor/value.ts'
import type { LedgerRecord } from '../../consensus/records/registry.ts'

/** T12: what puts an offence on the ledger. */
export function evidenceRecord({ key, pair: [first, second] }: Evidence): LedgerRecord {
  return {
    kind: 'evidence',
    key,
    first: signedMessageValue(first) as ValueMap,
    second: signedMessageValue(second) as ValueMap,
  }
}
