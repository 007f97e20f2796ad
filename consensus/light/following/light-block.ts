import { type Certificate, decodeCertificate } from '../../agreement/certificate.ts'
import { decodeValidatorSet, type ValidatorSet } from '../../agreement/validator-set.ts'
import { decode } from '../../cbor/decode.ts'
import { type Checkpoint, decodeCheckpoint } from '../../checkpoint.ts'
import { Cid } from '../../cid.ts'
import type { Crypto } from '../../crypto.ts'
import { checkParams, type Params } from '../../params.ts'
import { FollowError } from './follow-error.ts'

/** A final epoch as a light node needs it: the checkpoint, who signed it, and what it names. */
export interface LightBlockBytes {
  readonly checkpoint: Uint8Array
  readonly certificate: Uint8Array
  readonly validators: Uint8Array
  readonly nextValidators: Uint8Array
  readonly params: Uint8Array
}

/** Whole in itself: sets and parameters are those that the checkpoint names. That it is final is for the certificate to show. */
export interface LightBlock {
  readonly cid: Cid
  readonly checkpoint: Checkpoint
  readonly certificate: Certificate
  readonly validators: ValidatorSet
  readonly nextValidators: ValidatorSet
  readonly params: Params
}

/** Throws EncodingError, MalformedError, or FollowError `block`. */
export function openLightBlock(crypto: Crypto, bytes: LightBlockBytes): LightBlock {
  const checkpoint = decodeCheckpoint(bytes.checkpoint)
  const sameSet = checkpoint.validators.equals(checkpoint.nextValidators)
  expectNamed(crypto, checkpoint, 'validators', bytes.validators)
  expectNamed(crypto, checkpoint, 'nextValidators', bytes.nextValidators)
  expectNamed(crypto, checkpoint, 'params', bytes.params)
  const validators = decodeValidatorSet(bytes.validators)
  return {
    cid: Cid.of(crypto, bytes.checkpoint),
    checkpoint,
    certificate: decodeCertificate(bytes.certificate),
    validators,
    nextValidators: sameSet ? validators : decodeValidatorSet(bytes.nextValidators),
    params: checkParams(decode(bytes.params)),
  }
}

function expectNamed(
  crypto: Crypto,
  checkpoint: Checkpoint,
  field: 'validators' | 'nextValidators' | 'params',
  bytes: Uint8Array,
): void {
  const cid = Cid.of(crypto, bytes)
  if (checkpoint[field].equals(cid)) return
  throw new FollowError('block', `${field} of epoch ${checkpoint.epoch}`, `${checkpoint[field]}`, cid)
}
