import type { AccountKey } from '../../consensus/account.ts'
import type { Amount } from '../../consensus/amount.ts'
import type { Store } from '../store/store.ts'
import { epochPayouts } from './epoch-payouts.ts'

export interface LastPayout {
  readonly epoch: number
  readonly amount: Amount
}

/**
 * The newest payout of every account. The state doesn't tell it, so it is gathered from the epochs' payouts: all of them at the
 * first question, then only those that came since.
 */
export class LastPayouts {
  readonly #store: Store
  readonly #newest = new Map<AccountKey, LastPayout>()
  #epoch = 0
  #turn: Promise<void> = Promise.resolve()

  constructor(store: Store) {
    this.#store = store
  }

  /** As of `epoch`, or of a later one that was asked for meanwhile. */
  async upTo(epoch: number): Promise<ReadonlyMap<AccountKey, LastPayout>> {
    // One after the other: two readers at once would mix their epochs.
    const turn = this.#turn.then(() => this.#read(epoch))
    this.#turn = turn.catch(() => {})
    await turn
    return this.#newest
  }

  async #read(epoch: number): Promise<void> {
    // Of epochs before a snapshot that the node joined by, nothing is here.
    this.#epoch = Math.max(this.#epoch, this.#store.first() - 1)
    while (this.#epoch < epoch) {
      const next = this.#epoch + 1
      for await (const { account, amount } of epochPayouts(this.#store, next)) {
        this.#newest.set(account, { epoch: next, amount })
      }
      this.#epoch = next
    }
  }
}
