import type { AccountKey } from '../../consensus/account.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Params } from '../../consensus/params.ts'
import type { RefKey } from '../../consensus/ref.ts'
import type { AssetKind, AssetStatus } from './schema/asset.ts'
import type { BatchStatus } from './schema/batch.ts'
import type { EpochSummary, FinalBatch } from './schema/epoch.ts'
import type { EventKind, LedgerEvent } from './schema/event.ts'
import type { FlowStatus } from './schema/flow.ts'
import type { Page, PageAsk } from './schema/page.ts'
import type { Payout } from './schema/payout.ts'
import type { AccountPayout } from './schema/payouts.ts'
import type { RecordStatus } from './schema/record.ts'
import type { PositionStatus, ValidatorStatus } from './schema/validator.ts'

export interface AssetFilter {
  readonly kind?: AssetKind
  readonly owner?: AccountKey
  /** Made of it: parents, bases, data, or the datanet. */
  readonly of?: RefKey
}

export interface EventFilter {
  readonly kinds: readonly EventKind[]
  readonly account?: AccountKey
  readonly author?: AccountKey
}

/**
 * The ledger in pieces: lists a page at a time, so that none holds the node up, however long it is. A page may be shorter than its
 * limit, even empty, where looking took long; only `next` says whether it was the last. Undefined where there is no such thing.
 */
export interface LedgerPages {
  /** Newest first. */
  epochs(ask: PageAsk): Promise<Page<EpochSummary>>
  epoch(epoch: number): EpochSummary | undefined
  /** By author and seq, in the order of `batchesRoot`. */
  batches(epoch: number, ask: PageAsk): Promise<Page<FinalBatch> | undefined>
  /** By account. */
  payouts(epoch: number, ask: PageAsk): Promise<Page<Payout> | undefined>
  flows(epoch: number, ask: PageAsk): Promise<Page<FlowStatus> | undefined>
  /** By account, as of the newest epoch; or those that were paid in one. */
  accounts(
    epoch: number | undefined,
    ask: PageAsk,
  ): Promise<(Page<AccountPayout> & { readonly epoch: number; readonly payoutsFrom: number }) | undefined>
  /** Newest first. */
  payoutsTo(account: AccountKey, ask: PageAsk): Promise<Page<Payout>>
  /** Newest first, pending ones included. */
  recordsBy(author: AccountKey, ask: PageAsk): Promise<Page<RecordStatus>>
  positionsOf(account: AccountKey, ask: PageAsk): Promise<Page<PositionStatus>>
  batch(batch: Cid): BatchStatus | undefined
  recordsIn(batch: Cid, ask: PageAsk): Promise<Page<RecordStatus> | undefined>
  /** By ref. */
  assets(filter: AssetFilter, ask: PageAsk): Promise<Page<AssetStatus>>
  asset(ref: RefKey): AssetStatus | undefined
  /** By account. */
  validators(ask: PageAsk): Promise<Page<ValidatorStatus>>
  params(): { readonly epoch: number; readonly params: Params }
  /** What an epoch brought, always in the same order; nothing where it isn't here. */
  events(epoch: number, filter: EventFilter): AsyncIterable<LedgerEvent>
  /** The epoch whose checkpoint has this CID. */
  checkpoint(checkpoint: Cid): number | undefined
}

/** How far the ledger is, and when it gets further. */
export interface HeadWatch {
  /** The newest final epoch. */
  readonly epoch: number
  /** Resolves when the epoch is final, or `waitMs` have passed, or the signal aborts. */
  until(epoch: number, wait: { readonly waitMs: number; readonly signal?: AbortSignal }): Promise<void>
}
