import type { CreditedPayout } from '../../consensus/ledger/execute.ts'
import { decodePayouts } from '../../consensus/ledger/flow/payout-codec.ts'
import type { Store } from '../store/store.ts'

/** The payouts of one epoch, by account. */
export async function* epochPayouts(store: Store, epoch: number): AsyncGenerator<CreditedPayout> {
  for await (const chunk of store.payouts.all(epoch)) yield* decodePayouts(chunk, `payouts of epoch ${epoch}`)
}
