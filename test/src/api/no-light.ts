import { LedgerError } from '../../../consensus/errors.ts'
import type { LightServing } from '../../../src/api/light-serving.ts'

/** A node in memory proves nothing. */
export const noLight: LightServing = {
  genesis: () => undefined,
  headers: () => [],
  proof: () => Promise.reject(new LedgerError('not-ready', 'no proofs here')),
}
