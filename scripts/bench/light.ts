import { Prover } from '../../src/proofs/prover.ts'
import { measureAnswering } from './light-answers.ts'
import { measureCommandMemory } from './light-memory.ts'
import { measureCredit, measurePayoutCheck } from './light-payout.ts'
import { measureFollowing } from './light-store.ts'
import type { Measurement } from './measure.ts'
import { withPaidEpoch } from './paid-epoch.ts'

export interface LightSize {
  /** All of them in the state, and paid in one epoch. */
  readonly accounts: number
  readonly validators: number
  readonly requests: number
  /** To follow. */
  readonly epochs: number
  /** Behind the account that the command proves. */
  readonly inferences: number
}

/** (g) The light node: what it checks, keeps and takes, and what it costs the full node that it asks. */
export async function measureLight(size: LightSize): Promise<Measurement[]> {
  const proofs = await withPaidEpoch(size.accounts, async paid => {
    const prover = new Prover(paid.store)
    try {
      return [
        ...(await measurePayoutCheck(paid, prover, size.validators)),
        ...(await measureCredit(paid, prover, size.validators)),
        ...(await measureAnswering(paid, prover, size.requests)),
      ]
    } finally {
      await prover.close()
    }
  })
  return [...proofs, ...(await measureFollowing(size.epochs)), ...(await measureCommandMemory(size.inferences))]
}
