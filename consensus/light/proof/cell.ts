import type { ByteKey } from '../../bytes.ts'
import { type CellCodec, decodeCell } from '../../ledger/cells/cell.ts'
import { verifyStateProof } from '../../merkle/state-proof.ts'
import type { StateAnswer } from './answer.ts'
import type { ProofReader } from './reader.ts'
import type { Trusted } from './trust.ts'

/** The bytes of a cell of the state after the checkpoint's epoch; undefined where it is proved that there is none. Throws ProofError. */
export function verifyCell(
  { crypto, checkpoint }: Trusted,
  key: ByteKey,
  { value, proof }: StateAnswer,
): Uint8Array | undefined {
  const bytes = value ?? undefined
  verifyStateProof(crypto, checkpoint.stateRoot, key, bytes, proof)
  return bytes
}

/** Asks for a cell and decodes it: its bytes are the ledger's own once they are proved. */
export async function readCell<T>(
  trusted: Trusted,
  reader: ProofReader,
  codec: CellCodec<T>,
  key: ByteKey,
): Promise<T | undefined> {
  const bytes = verifyCell(trusted, key, await reader.want(trusted.checkpoint.epoch, { type: 'state', key }))
  return bytes === undefined ? undefined : decodeCell(codec, bytes)
}
