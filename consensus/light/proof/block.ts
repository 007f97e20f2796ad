import { decode } from '../../cbor/decode.ts'
import { Cid } from '../../cid.ts'
import { ProofError } from '../../merkle/proof-error.ts'
import { checkParams, type Params } from '../../params.ts'
import type { ProofReader } from './reader.ts'
import type { Trusted } from './trust.ts'

/** A block that a trusted checkpoint names. Throws ProofError `block` for any other. */
export async function readBlock({ crypto, checkpoint }: Trusted, reader: ProofReader, cid: Cid): Promise<Uint8Array> {
  const block = await reader.want(checkpoint.epoch, { type: 'block', cid })
  const got = Cid.of(crypto, block)
  if (!got.equals(cid)) throw new ProofError('block', `expected block ${cid}, got ${got}`, { expected: cid, got })
  return block
}

/** The parameters in force in the checkpoint's epoch. */
export async function readParams(trusted: Trusted, reader: ProofReader): Promise<Params> {
  return checkParams(decode(await readBlock(trusted, reader, trusted.checkpoint.params)))
}
