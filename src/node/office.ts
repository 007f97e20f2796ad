import { accountText } from '../../consensus/account.ts'
import type { Validator, ValidatorSet } from '../../consensus/agreement/validator-set.ts'
import { equalBytes, fromKey } from '../../consensus/bytes.ts'
import type { SigningKey } from '../crypto/signing-key.ts'
import type { ChainHead } from './chain-head.ts'

/** The account that a vote key validates for, in a set that is in office or comes next; null for none. */
export function accountInOffice(head: ChainHead, voteKey: SigningKey | undefined): string | null {
  const { validators, nextValidators } = head
  const own = seatOf([...validators, ...nextValidators], voteKey)
  return own === undefined ? null : accountText(fromKey(own.account))
}

/** Why no set lets a vote key vote in the next epoch, for people; null where one does, or there is no key. */
export function outOfOffice(
  { epoch, validators, nextValidators }: ChainHead,
  voteKey: SigningKey | undefined,
): string | null {
  if (voteKey === undefined || seatOf(validators, voteKey) !== undefined) return null
  if (seatOf(nextValidators, voteKey) === undefined) return 'no validator in office has its vote key'
  return `its validator comes into office with epoch ${epoch + 2}`
}

/** Whose vote key it is; undefined for nobody of the set, or without a key. */
export function seatOf(set: ValidatorSet, voteKey: Pick<SigningKey, 'publicKey'> | undefined): Validator | undefined {
  return set.find(({ key }) => voteKey !== undefined && equalBytes(key, voteKey.publicKey))
}
