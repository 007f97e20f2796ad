import type { AccountKey } from '../../account.ts'
import type { Amount } from '../../amount.ts'
import type { ByteKey } from '../../bytes.ts'
import { type CellCodec, cellPrefix, noMoney } from './cell.ts'
import type { ValidatorCell } from './validator.ts'

/**
 * A cell without content whose key says that a validator has a vote key and stake, and how many decimal digits the stake has. So an
 * election finds who may have enough, and nobody makes it slow by validators with next to nothing.
 */
export const candidateCodec: CellCodec<true> = {
  toValue: () => null,
  fromValue: () => true,
  money: noMoney,
}

const digitsMax = 16

/** Undefined: no candidate. */
export function candidateCellKey(account: AccountKey, { key, bonded }: ValidatorCell): ByteKey | undefined {
  return key === null || bonded === 0 ? undefined : prefixOf(digitsOf(bonded)) + account
}

export function candidateOfKey(key: ByteKey): AccountKey {
  return key.slice(2)
}

/** Prefixes of all candidates that can have `minStake`. */
export function candidatePrefixes(minStake: Amount): ByteKey[] {
  const prefixes: ByteKey[] = []
  for (let digits = digitsOf(minStake); digits <= digitsMax; digits++) prefixes.push(prefixOf(digits))
  return prefixes
}

const prefixOf = (digits: number): ByteKey => cellPrefix.candidate + String.fromCharCode(digits)

const digitsOf = (amount: Amount): number => String(amount).length
