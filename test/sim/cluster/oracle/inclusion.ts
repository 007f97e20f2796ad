import type { FinalBatch, FinalBook } from './final-book.ts'

/** What all honest validators hold is final after so many more decisions (T11: two may pass it over). */
const waitEpochsMax = 6

/** Watches that no batch is passed over for ever. */
export class InclusionWatch {
  readonly #final: FinalBook
  /** By CID in hex, batches that have no rival: the decision that found them at all honest validators. */
  readonly #heldSince = new Map<string, { readonly batch: FinalBatch; readonly epoch: number }>()
  /** Authors that sign two batches for one place: nobody owes them anything. */
  readonly #forking = new Set<string>()

  constructor(final: FinalBook) {
    this.#final = final
  }

  forks(author: string): void {
    this.#forking.add(author)
  }

  /** After an epoch was decided; `held`: pending batches that every honest validator holds. What has waited for too long. */
  decided(epoch: number, held: readonly FinalBatch[]): FinalBatch | undefined {
    const names = new Set(held.map(({ batch }) => batch))
    for (const [name, { batch }] of this.#heldSince)
      if (!names.has(name) || this.#final.isFinal(batch)) this.#heldSince.delete(name)
    for (const batch of held) {
      if (this.#forking.has(batch.author) || this.#heldSince.has(batch.batch)) continue
      this.#heldSince.set(batch.batch, { batch, epoch })
    }
    const late = [...this.#heldSince.values()].find(since => epoch - since.epoch > waitEpochsMax)
    return late?.batch
  }
}
