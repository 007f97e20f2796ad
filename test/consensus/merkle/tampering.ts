/** Everything a liar can do to an encoded proof by changing or dropping bytes. */
import { decode, EncodingError } from '../../../consensus/cbor/decode.ts'
import { encode } from '../../../consensus/cbor/encode.ts'
import type { Value } from '../../../consensus/cbor/value.ts'
import { MalformedError } from '../../../consensus/errors.ts'
import { ProofError } from '../../../consensus/merkle/proof-error.ts'

/** Throws unless `verify` refuses every changed byte and every truncation of the proof, in the way the project refuses. */
export function assertTamperProof(proof: Value, verify: (proof: Value) => void): void {
  const bytes = encode(proof)
  verify(decode(bytes))
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const flipped = bytes.slice()
      flipped[at]! ^= 1 << bit
      assertRefused(flipped, verify, `bit ${bit} of byte ${at} flipped`)
    }
    assertRefused(bytes.slice(0, at), verify, `truncated to ${at} bytes`)
  }
}

function assertRefused(bytes: Uint8Array, verify: (proof: Value) => void, what: string): void {
  try {
    verify(decode(bytes))
  } catch (error) {
    if (error instanceof ProofError || error instanceof MalformedError || error instanceof EncodingError) return
    throw new Error(`${what}: refused with the wrong error`, { cause: error })
  }
  throw new Error(`${what}: accepted`)
}

/** Runs `verify`, which must throw a ProofError; returns its check. */
export function failedCheck(verify: () => void): string {
  try {
    verify()
  } catch (error) {
    if (error instanceof ProofError && error.code === `proof-${error.check}`) return error.check
    throw error
  }
  throw new Error('the proof was accepted')
}

/** The field that `parse` names as malformed; undefined if it accepts. */
export function malformedField(parse: () => unknown): string | undefined {
  try {
    parse()
    return undefined
  } catch (error) {
    if (error instanceof MalformedError) return error.field
    throw error
  }
}
