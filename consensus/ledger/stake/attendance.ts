import type { AccountKey } from '../../account.ts'
import { compareKeys } from '../../bytes.ts'
import type { AttendanceCell } from '../cells/global.ts'

/** T13: epochs without a signature in any `lastCertificate` after which a validator isn't elected. */
export const absenceEpochsMax = 8_640

/** Who was seen within the window, now that `signers` stand in the last certificate. */
export function attend(before: AttendanceCell, signers: readonly AccountKey[], epoch: number): AttendanceCell {
  const seen = new Map(before.filter(([, last]) => isRecent(last, epoch)))
  for (const signer of signers) seen.set(signer, epoch)
  return [...seen].sort(([a], [b]) => compareKeys(a, b))
}

export function isRecent(seen: number, epoch: number): boolean {
  return epoch - seen < absenceEpochsMax
}
