import type { AccountKey } from '../../consensus/account.ts'
import { decodeCertificate, signersOf } from '../../consensus/agreement/certificate.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { decodeCell } from '../../consensus/ledger/cells/cell.ts'
import {
  overdueCodec,
  overdueKey,
  paramsCodec,
  paramsKey,
  setsCodec,
  setsKey,
} from '../../consensus/ledger/cells/global.ts'
import { listedKeys } from '../../consensus/ledger/listed-keys.ts'
import { protocolKnown } from '../../consensus/params.ts'
import type { Store } from '../store/store.ts'
import type { View } from '../store/view.ts'

/** What an epoch is executed on. Whoever opens it closes the view. */
export interface EpochOpening {
  readonly view: View
  readonly lastSigners: readonly AccountKey[]
}

/** Reads ahead what the execution of `epoch` will list, under the rules in force. Throws LedgerError `protocol`. */
export async function openEpoch(
  store: Store,
  epoch: number,
  lastCertificate: Uint8Array | null,
): Promise<EpochOpening> {
  const params = decodeCell(paramsCodec, store.state.get(paramsKey)!)
  expectKnown(params.protocol)
  const overdue = store.state.get(overdueKey)
  const view = await store.view(
    listedKeys(epoch, params, overdue === undefined ? null : decodeCell(overdueCodec, overdue)),
  )
  const { previous } = decodeCell(setsCodec, view.state.get(setsKey)!)
  return { view, lastSigners: lastCertificate === null ? [] : signersOf(previous, decodeCertificate(lastCertificate)) }
}

/** A node that doesn't know the rules in force must not go on with its own. */
export function expectKnown(protocol: number): void {
  if (protocol <= protocolKnown) return
  throw new LedgerError(
    'protocol',
    `protocol ${protocol} is in force, this version knows ${protocolKnown}; the data is intact`,
    { protocol },
    'update to a version that knows it',
  )
}
