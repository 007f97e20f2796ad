import type { AccountKey } from '../../account.ts'
import { type ByteKey, equalBytes, toKey } from '../../bytes.ts'
import type { Registration } from '../author-view.ts'
import { emptyValidator } from '../cells/validator.ts'
import type { ClosingValidators } from './closing-validators.ts'

/**
 * What authors published of themselves as validators. Where several publish one new key in the same epoch, the lowest account gets
 * it, and the others keep the one they had: nobody can tell at execution who else does (E1). `registrations` are by account.
 */
export function registerValidators(
  validators: ClosingValidators,
  epoch: number,
  registrations: Iterable<readonly [AccountKey, Registration]>,
): void {
  const claims = new Map<ByteKey, AccountKey>()
  for (const [account, { key, commission, name }] of registrations) {
    const before = validators.get(account) ?? emptyValidator
    const isOwn = claimKey(validators, claims, toKey(key), account)
    const isSame = before.key !== null && equalBytes(before.key, key)
    validators.change(account, { key: isOwn && !isSame ? key : before.key, commission, name, published: epoch })
  }
}

/** Whether the key is the account's, now or since before. */
function claimKey(
  validators: ClosingValidators,
  claims: Map<ByteKey, AccountKey>,
  key: ByteKey,
  account: AccountKey,
): boolean {
  if (!claims.has(key)) claims.set(key, account)
  if (claims.get(key) !== account) return false
  if (validators.voteKey(key) === undefined) {
    validators.putVoteKey(key, { owner: account, from: null, until: null, banned: false })
  }
  return true
}
