import type { EventFilter } from '../../api/ledger-pages.ts'
import type { LedgerEvent } from '../../api/schema/event.ts'
import { breathe } from '../../proofs/breathe.ts'
import type { Store } from '../../store/store.ts'
import { epochPayouts } from '../epoch-payouts.ts'
import { BatchReading } from '../record.ts'
import { authorBatches, cutOf } from './batches.ts'
import { epochSummary } from './epochs.ts'
import { payoutOf, payoutStatus } from './payouts.ts'

/** What an epoch brought, always in the same order: its records, its payouts, its checkpoint. Nothing where it isn't here. */
export async function* eventsOf(store: Store, epoch: number, filter: EventFilter): AsyncGenerator<LedgerEvent> {
  await breathe()
  const checkpoint = epochSummary(store, epoch)
  if (checkpoint === undefined) return
  if (filter.kinds.includes('records')) yield* recordEvents(store, epoch, filter)
  if (filter.kinds.includes('payouts')) yield* payoutEvents(store, epoch, filter)
  if (filter.kinds.includes('checkpoints')) yield { event: 'checkpoint', data: checkpoint }
}

async function* recordEvents(store: Store, epoch: number, { author }: EventFilter): AsyncGenerator<LedgerEvent> {
  for (const entry of cutOf(store, epoch)) {
    if (author !== undefined && entry.author !== author) continue
    for (const { cid } of await authorBatches(store, epoch, entry)) {
      const reading = new BatchReading(store, cid)
      for (let index = 0; index < reading.count; index++) {
        await breathe()
        yield { event: 'record', data: reading.record(index)! }
      }
    }
  }
}

async function* payoutEvents(store: Store, epoch: number, { account }: EventFilter): AsyncGenerator<LedgerEvent> {
  if (account !== undefined) {
    const paid = await payoutOf(store, epoch, account)
    if (paid !== undefined) yield { event: 'payout', data: payoutStatus(epoch, paid) }
    return
  }
  for await (const paid of epochPayouts(store, epoch)) {
    await breathe()
    yield { event: 'payout', data: payoutStatus(epoch, paid) }
  }
}
