import type { Store } from '../store/store.ts'
import type { View } from '../store/view.ts'

/** A snapshot keeps the store from dropping what was overwritten since: for nobody, it isn't kept. */
const epochsUnasked = 30

/**
 * The states of the newest epochs, as the store's snapshots keep them: who asks for proofs has followed the chain to an epoch that
 * may be one or two behind by then. Older states are gone.
 */
export class StateViews {
  readonly #store: Store
  readonly #viewsMax: number
  /** By epoch, ascending. */
  readonly #views = new Map<number, View>()
  #turn: Promise<void> = Promise.resolve()
  #askedAt = Number.NEGATIVE_INFINITY

  constructor(store: Store, viewsMax: number) {
    this.#store = store
    this.#viewsMax = viewsMax
  }

  /** The state that `epoch` left; undefined where it isn't kept. */
  async at(epoch: number): Promise<View | undefined> {
    this.#askedAt = this.#store.head()?.epoch ?? 0
    if (!this.#views.has(epoch)) await this.#inTurn()
    return this.#views.get(epoch)
  }

  /** Called after each epoch: keeps its state if somebody asked for one not long ago, and lets go of what nobody asks for. */
  async onEpoch(epoch: number): Promise<void> {
    if (epoch - this.#askedAt <= epochsUnasked) await this.#inTurn()
    else if (this.#views.size > 0) await this.close()
  }

  #inTurn(): Promise<void> {
    const turn = this.#turn.then(() => this.#keepNewest())
    this.#turn = turn.catch(() => {})
    return turn
  }

  async close(): Promise<void> {
    await this.#turn
    const views = [...this.#views.values()]
    this.#views.clear()
    for (const view of views) await view.close()
  }

  async #keepNewest(): Promise<void> {
    const newest = this.#store.head()?.epoch ?? 0
    if (this.#views.has(newest)) return
    const view = await this.#store.view()
    const epoch = view.head?.epoch ?? 0
    if (this.#views.has(epoch)) return view.close()
    this.#views.set(epoch, view)
    for (const [old, oldView] of [...this.#views].slice(0, -this.#viewsMax)) {
      this.#views.delete(old)
      await oldView.close()
    }
  }
}
