import type { AccountKey } from '../../consensus/account.ts'
import type { Amount } from '../../consensus/amount.ts'
import { breathe } from '../proofs/breathe.ts'
import type { Store } from '../store/store.ts'
import { epochPayouts } from './epoch-payouts.ts'

/** A look through so many epochs takes some 2 s, once. */
const lastPayoutEpochs = 10_000

export interface LastPayout {
  readonly epoch: number
  readonly amount: Amount
}

/**
 * The newest payout of accounts. The state doesn't tell it, so it is looked for in the payouts of the newest epochs, and no further
 * down than who is asked about was last paid; then only in those that came since.
 */
export class LastPayouts {
  readonly #store: Store
  readonly #epochsMax: number
  readonly #newest = new Map<AccountKey, LastPayout>()
  /** The epochs from `low` through `high` have been read. */
  #low = 1
  #high = 0
  #turn: Promise<unknown> = Promise.resolve()

  constructor(store: Store, epochsMax = lastPayoutEpochs) {
    this.#store = store
    this.#epochsMax = epochsMax
  }

  /** Who wasn't paid since this epoch may have been before: that is not told. Of epochs before a snapshot nothing is here. */
  get from(): number {
    return Math.max(this.#store.first(), this.#high - this.#epochsMax + 1)
  }

  /** Answers are as of `epoch` from now on, or of a later one that was asked for meanwhile. */
  upTo(epoch: number): Promise<void> {
    return this.#inTurn(() => this.#readUp(epoch))
  }

  of(account: AccountKey): Promise<LastPayout | undefined> {
    return this.#inTurn(() => this.#readDown(account))
  }

  /** One after the other: two readers at once would mix their epochs. */
  async #inTurn<T>(read: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(read)
    this.#turn = turn.catch(() => {})
    return await turn
  }

  async #readUp(epoch: number): Promise<void> {
    if (epoch <= this.#high) return
    // After so long, those that are asked about are found sooner from above.
    if (this.#high === 0 || epoch - this.#high > this.#epochsMax) {
      this.#newest.clear()
      this.#low = epoch + 1
      this.#high = epoch
    }
    for (let next = this.#high + 1; next <= epoch; next++) {
      for await (const { account, amount } of epochPayouts(this.#store, next))
        this.#newest.set(account, { epoch: next, amount })
      this.#high = next
      await breathe()
    }
  }

  async #readDown(account: AccountKey): Promise<LastPayout | undefined> {
    while (!this.#newest.has(account) && this.#low > this.from) {
      const next = this.#low - 1
      for await (const { account, amount } of epochPayouts(this.#store, next))
        if (!this.#newest.has(account)) this.#newest.set(account, { epoch: next, amount })
      this.#low = next
      await breathe()
    }
    return this.#newest.get(account)
  }
}
