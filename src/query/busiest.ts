import type { Amount } from '../../consensus/amount.ts'
import { type RefKey, refKeyText } from '../../consensus/ref.ts'
import type { Busiest, Busy } from '../api/schema/usage.ts'
import { breathe } from '../proofs/breathe.ts'
import type { Store } from '../store/store.ts'
import { booksOf } from './explain/books.ts'
import { Catalogue } from './explain/catalogue.ts'
import type { EpochSpan } from './explain/epoch-span.ts'

/** Epochs that one question reads: it goes through all of their records. */
export const busiestEpochsMax = 1_000

/** Models and agents by the fees that they had in a range of epochs. */
export async function busiest(store: Store, range: EpochSpan, limit: number): Promise<Busiest> {
  const work = new Map<RefKey, { action: boolean; times: number; fees: Amount }>()
  for await (const books of booksOf(store, range)) {
    for (const [ref, records] of books.paid()) {
      const known = work.get(ref) ?? { action: records[0]!.action, times: 0, fees: 0 }
      known.times += records.length
      for (const { fee } of records) known.fees += fee
      work.set(ref, known)
    }
    await breathe()
  }
  const { from, to } = range
  const catalogue = new Catalogue(store)
  const ranked = [...work].sort(([, a], [, b]) => b.fees - a.fees).slice(0, limit)
  return {
    from,
    to,
    busiest: ranked.map(([ref, { action, times, fees }]): Busy => {
      const kind = action ? 'agent' : 'model'
      return { ref: refKeyText(ref), kind, name: catalogue.name(ref), times, fees }
    }),
    count: work.size,
  }
}
