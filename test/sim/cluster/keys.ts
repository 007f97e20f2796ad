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

/** The key, and `onSign` told what it signs. */
export function watched({ publicKey, sign }: SigningKey, onSign: (message: Uint8Array) => void): SigningKey {
  return {
    publicKey,
    sign: message => {
      onSign(message)
      return sign(message)
    },
  }
}

export function accountOf(name: string): AccountKey {
  return toKey(keyOf(name).publicKey)
}

export const voteKeyOf = (validator: number): SigningKey => keyOf(`vote ${validator}`)

/** As many as the rules allow in office. */
const validatorsMax = 150
let validatorKeys: readonly SigningKey[] | undefined

/** Of a validator's account. In account order, so that validator 3 has index 3 wherever all are in office. */
export function validatorKey(validator: number): SigningKey {
  validatorKeys ??= Array.from({ length: validatorsMax }, (_, i) => keyOf(`validator ${i}`)).sort((a, b) =>
    compareKeys(toKey(a.publicKey), toKey(b.publicKey)),
  )
  return validatorKeys[validator]!
}

export const authorName = (author: number): string => `author ${author}`
