import type { Checkpoint } from '../../consensus/checkpoint.ts'
import type { LightClient } from './light-client.ts'
import { UnshownError } from './peer-proofs.ts'

/** States are kept for a few epochs: a long walk reads them from newer ones as it goes on. */
const refreshesMax = 3

/** Proves something of the newest state. Where nobody keeps that any more, there is a newer one. The client has followed beyond the genesis. */
export async function withFreshState<T>(client: LightClient, work: (state: Checkpoint) => Promise<T>): Promise<T> {
  for (let refreshes = 0; ; refreshes++) {
    try {
      return await work(client.head.checkpoint!)
    } catch (error) {
      const isStateGone = error instanceof UnshownError && error.part === 'state'
      if (!isStateGone || refreshes === refreshesMax) throw error
      await client.follow()
    }
  }
}
