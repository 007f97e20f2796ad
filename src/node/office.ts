import { accountText } from '../../consensus/account.ts'
import { equalBytes, fromKey } from '../../consensus/bytes.ts'
import type { SigningKey } from '../crypto/signing-key.ts'
import type { ChainHead } from './chain-head.ts'

/** The account that a vote key validates for, in a set that is in office or comes next; null for none. */
export function accountInOffice(head: ChainHead, voteKey: SigningKey | undefined): string | null {
  const { validators, nextValidators } = head
  const own = [...validators, ...nextValidators].find(({ key }) => voteKey && equalBytes(key, voteKey.publicKey))
  return own === undefined ? null : accountText(fromKey(own.account))
}
