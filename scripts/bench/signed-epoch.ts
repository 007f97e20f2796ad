import { certificateOf, encodeCertificate } from '../../consensus/agreement/certificate.ts'
import { messageBytes } from '../../consensus/agreement/message.ts'
import { encodeValidatorSet, type ValidatorSet } from '../../consensus/agreement/validator-set.ts'
import type { Vote } from '../../consensus/agreement/vote.ts'
import { compareKeys, toKey } from '../../consensus/bytes.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import type { Value } from '../../consensus/cbor/value.ts'
import { type Checkpoint, encodeCheckpoint } from '../../consensus/checkpoint.ts'
import { Cid } from '../../consensus/cid.ts'
import type { LightBlockBytes } from '../../consensus/light/following/light-block.ts'
import type { TrustedCheckpoint } from '../../consensus/light/following/trusted-checkpoint.ts'
import { defaultParams } from '../../consensus/params.ts'
import { nativeCrypto as crypto } from '../../src/crypto/native.ts'
import { keyOf } from './economy.ts'

/** The first epoch of a chain, as it comes to a light node, and the genesis that it is checked from. */
export interface SignedEpoch {
  readonly trusted: TrustedCheckpoint
  readonly block: LightBlockBytes
  /** What each of the validators signed. */
  readonly message: Uint8Array
  readonly signatures: readonly { readonly key: Uint8Array; readonly signature: Uint8Array }[]
}

/** Signed by all of so many validators, whose keys nobody met before: what checking remembers of keys doesn't help. */
export function signEpoch(roots: Checkpoint, count: number, name: string): SignedEpoch {
  const signers = Array.from({ length: count }, (_, i) => {
    const account = toKey(keyOf(`${name}/account/${i}`).publicKey)
    return { account, key: keyOf(`${name}/vote/${i}`) }
  }).sort((a, b) => compareKeys(a.account, b.account))
  const set: ValidatorSet = signers.map(({ account, key }) => ({ account, key: key.publicKey, stake: 1_000_000_000 }))
  const [validators, params] = [encodeValidatorSet(set), encode(defaultParams as unknown as Value)]
  const [setCid, paramsCid] = [Cid.of(crypto, validators), Cid.of(crypto, params)]
  const named = { validators: setCid, nextValidators: setCid, params: paramsCid }
  const checkpoint = encodeCheckpoint({ ...roots, ...named })
  const { chain, epoch, time } = roots
  const vote: Vote = { type: 'precommit', epoch, round: 0, checkpoint: Cid.of(crypto, checkpoint), validRound: -1 }
  const message = messageBytes(chain, vote)
  const votes = signers.map(({ key }, validator) => ({ ...vote, validator, signature: key.sign(message) }))
  const genesis = { chain, epoch: epoch - 1, cid: roots.prev, time: time - 1, checkpoint: null, params: defaultParams }
  return {
    trusted: { ...genesis, validators: set, nextValidators: set },
    block: {
      checkpoint,
      certificate: encodeCertificate(certificateOf(votes)),
      validators,
      nextValidators: validators,
      params,
    },
    message,
    signatures: votes.map(({ validator, signature }) => ({ key: set[validator]!.key, signature })),
  }
}
