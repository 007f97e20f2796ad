import { MalformedError } from '../../consensus/errors.ts'
import { answerBytesMax } from '../../consensus/light/proof/limits.ts'
import { decodeProofRequest, encodeProofRequest, type ProofRequest } from '../../consensus/light/proof/request.ts'
import { proofLimits } from '../limits.ts'
import type { Codec, Protocol } from '../protocol.ts'

/** An answer is read together with its request, by who checks it: here it is bytes. */
const proofAnswer: Codec<Uint8Array> = {
  encode: bytes => bytes,
  decode: bytes => {
    if (bytes.length > answerBytesMax) throw new MalformedError('answer', `at most ${answerBytesMax} bytes`, bytes)
    return bytes
  },
}

/** Proofs of what the checkpoint of an epoch commits to, many in one answer; full nodes serve them. */
export const proof: Protocol<ProofRequest, Uint8Array, 'one'> = {
  name: 'proof',
  answer: 'one',
  request: { encode: encodeProofRequest, decode: decodeProofRequest },
  item: proofAnswer,
  limits: proofLimits,
}
