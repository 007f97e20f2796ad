import { getPublicKey, hashes, sign as signWithNoble } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import { type Message, messageBytes } from '../../../consensus/agreement/message.ts'
import type { Validator } from '../../../consensus/agreement/validator-set.ts'
import { toKey } from '../../../consensus/bytes.ts'
import { chain } from './driver.ts'

hashes.sha512 = sha512

/** A validator with a real key. */
export class Signer {
  readonly validator: Validator
  readonly #seed: Uint8Array

  constructor(number: number, stake = 1) {
    this.#seed = new Uint8Array(32).fill(number)
    const key = getPublicKey(this.#seed)
    this.validator = { account: toKey(key), key, stake }
  }

  sign(message: Message): Uint8Array {
    return signWithNoble(messageBytes(chain, message), this.#seed)
  }
}

/** Signers in account order, with these stakes in that order. */
export function signersOf(stakes: readonly number[]): Signer[] {
  const numbers = stakes.map((_, i) => i + 1)
  const accountOf = (number: number) => new Signer(number).validator.account
  numbers.sort((a, b) => (accountOf(a) < accountOf(b) ? -1 : 1))
  return stakes.map((stake, i) => new Signer(numbers[i]!, stake))
}
