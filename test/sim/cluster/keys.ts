import type { AccountKey } from '../../../consensus/account.ts'
import { compareKeys, toKey } from '../../../consensus/bytes.ts'
import type { SigningKey } from '../../../src/crypto/signing-key.ts'
import { quickKey } from '../../fixtures/quick-crypto.ts'

const known = new Map<string, SigningKey>()

/** Somebody's key, alike in every run: making one costs more than a round of agreement. */
export function keyOf(name: string): SigningKey {
  const key = known.get(name) ?? quickKey(name)
  known.set(name, key)
  return key
}

export function accountOf(name: string): AccountKey {
  return toKey(keyOf(name).publicKey)
}

export const voteKeyOf = (validator: number): SigningKey => keyOf(`vote ${validator}`)

/** As many as the rules allow in office. */
const validatorsMax = 150
let validatorAccounts: readonly AccountKey[] | undefined

/** In account order, so that validator 3 is the one with index 3 wherever all are in office. */
export function validatorAccount(validator: number): AccountKey {
  validatorAccounts ??= Array.from({ length: validatorsMax }, (_, i) => accountOf(`validator ${i}`)).sort(compareKeys)
  return validatorAccounts[validator]!
}
export const authorName = (author: number): string => `author ${author}`
