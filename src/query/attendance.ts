import { type AccountKey, accountKeyText } from '../../consensus/account.ts'
import { decodeCertificate } from '../../consensus/agreement/certificate.ts'
import { decodeValidatorSet, type ValidatorSet } from '../../consensus/agreement/validator-set.ts'
import { decodeCheckpoint } from '../../consensus/checkpoint.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Attendance } from '../api/schema/attendance.ts'
import { CorruptError } from '../store/errors.ts'
import { blockKey } from '../store/keys.ts'
import type { Store } from '../store/store.ts'

/** A certificate needs 2/3 of the stake only: one signature that is missing now and then says little, so many of them more. */
const lookedMax = 50

interface Tally {
  elected: number
  signed: number
}

/** Who signed the newest epochs' certificates, of those who could have. */
export function attendanceNow(store: Store): Attendance {
  const epoch = store.head()?.epoch ?? 0
  const sets = new Map<string, ValidatorSet>()
  const tallies = new Map<AccountKey, Tally>()
  let looked = 0
  for (let at = epoch; at >= 1 && looked < lookedMax; at--) {
    const record = store.epochs.get(at)
    if (record === undefined) break
    looked++
    const { validators } = decodeCheckpoint(record.checkpoint)
    const voters = sets.get(validators.key) ?? readSet(store, validators)
    sets.set(validators.key, voters)
    const signers = new Set(decodeCertificate(record.certificate).signatures.map(([validator]) => validator))
    for (const [index, { account }] of voters.entries()) {
      const tally = tallies.get(account) ?? { elected: 0, signed: 0 }
      tally.elected++
      if (signers.has(index)) tally.signed++
      tallies.set(account, tally)
    }
  }
  const validators = [...tallies].map(([account, tally]) => ({ account: accountKeyText(account), ...tally }))
  return { epoch, looked, validators }
}

function readSet(store: Store, cid: Cid): ValidatorSet {
  const block = store.blocks.get(cid)
  if (block === undefined) throw new CorruptError(blockKey(cid), 'missing, though a checkpoint names it')
  return decodeValidatorSet(block)
}
