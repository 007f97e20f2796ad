import type { AccountKey } from '../account.ts'
import { supplyMax } from '../amount.ts'
import { equalBytes, fromKey, toKey } from '../bytes.ts'
import { decode } from '../cbor/decode.ts'
import { encode } from '../cbor/encode.ts'
import { bytesOf, integerOf, listOf, tupleOf } from '../cbor/fields.ts'
import type { Value } from '../cbor/value.ts'
import { Cid } from '../cid.ts'
import { type Crypto, isPublicKey } from '../crypto.ts'
import { MalformedError } from '../errors.ts'

export interface Validator {
  readonly account: AccountKey
  /** Vote key: Ed25519 public key, 32 bytes. */
  readonly key: Uint8Array
  /** µOPEN, at least 1. */
  readonly stake: number
}

/** Not empty, in ascending account order; messages name a validator by its index in it. */
export type ValidatorSet = readonly Validator[]

/** Hard bound of the parameter maxValidators. */
export const validatorsMax = 150

/** `[[account (32 bytes), vote key (32 bytes), stake], …]`. */
export function validatorSetValue(set: ValidatorSet): Value {
  return set.map(({ account, key, stake }) => [fromKey(account), key, stake])
}

/** Throws MalformedError. Accounts ascend, vote keys are distinct, and the stake is part of a supply. */
export function validatorSetFromValue(value: Value | undefined, field = 'validators'): ValidatorSet {
  const set = listOf(value, field, validatorsMax).map((item, i) => parseValidator(item, `${field}[${i}]`))
  if (set.length === 0) throw new MalformedError(field, 'at least one validator', value)
  const keys = new Set<string>()
  set.forEach((validator, i) => {
    if (i > 0 && set[i - 1]!.account >= validator.account) {
      throw new MalformedError(`${field}[${i}]`, 'accounts in ascending order', fromKey(validator.account))
    }
    if (keys.size === keys.add(toKey(validator.key)).size) {
      throw new MalformedError(`${field}[${i}][1]`, 'a vote key of its own', validator.key)
    }
  })
  integerOf(totalStake(set), `${field} stake`, 1, supplyMax)
  return set
}

/** The set's block. */
export function encodeValidatorSet(set: ValidatorSet): Uint8Array {
  return encode(validatorSetValue(set))
}

/** Throws EncodingError or MalformedError. */
export function decodeValidatorSet(block: Uint8Array): ValidatorSet {
  return validatorSetFromValue(decode(block))
}

function parseValidator(value: Value, field: string): Validator {
  const [account, key, stake] = tupleOf(value, field, 3)
  return {
    account: toKey(publicKeyOf(account, `${field}[0]`)),
    key: publicKeyOf(key, `${field}[1]`),
    stake: integerOf(stake, `${field}[2]`, 1, supplyMax),
  }
}

function publicKeyOf(value: Value | undefined, field: string): Uint8Array {
  const key = bytesOf(value, field, 32)
  if (!isPublicKey(key)) throw new MalformedError(field, 'an Ed25519 public key', key)
  return key
}

/** The set's name in a checkpoint: the CID of its block. */
export function validatorSetId(crypto: Crypto, set: ValidatorSet): Cid {
  return Cid.of(crypto, encodeValidatorSet(set))
}

export function sameSet(a: ValidatorSet, b: ValidatorSet): boolean {
  if (a === b) return true
  return a.length === b.length && a.every((validator, i) => sameValidator(validator, b[i]!))
}

function sameValidator(a: Validator, b: Validator): boolean {
  return a.account === b.account && a.stake === b.stake && equalBytes(a.key, b.key)
}

/** µOPEN. */
export function totalStake(set: ValidatorSet): number {
  let total = 0
  for (const { stake } of set) total += stake
  return total
}

/** More than 2/3 of the total. Stakes are at most 10^15, so three times one is a safe integer. */
export function isQuorum(stake: number, total: number): boolean {
  return 3 * stake > 2 * total
}

/** More than 1/3 of the total: at least one of its owners is honest. */
export function isMoreThanThird(stake: number, total: number): boolean {
  return 3 * stake > total
}
