import type { AccountKey } from '../../consensus/account.ts'
import type { Cid } from '../../consensus/cid.ts'
import { decodeCell } from '../../consensus/ledger/cells/cell.ts'
import { paramsCodec, paramsKey } from '../../consensus/ledger/cells/global.ts'
import type { CreditedPayout } from '../../consensus/ledger/execute.ts'
import type { Params } from '../../consensus/params.ts'
import type { RefKey } from '../../consensus/ref.ts'
import { cursorPlace } from '../api/cursor.ts'
import type { AssetFilter, EventFilter, LedgerPages } from '../api/ledger-pages.ts'
import type { AssetStatus } from '../api/schema/asset.ts'
import type { BatchStatus } from '../api/schema/batch.ts'
import type { EpochSummary, FinalBatch } from '../api/schema/epoch.ts'
import type { LedgerEvent } from '../api/schema/event.ts'
import type { FlowStatus } from '../api/schema/flow.ts'
import type { Page, PageAsk } from '../api/schema/page.ts'
import type { Payout } from '../api/schema/payout.ts'
import type { AccountPayout } from '../api/schema/payouts.ts'
import type { RecordStatus } from '../api/schema/record.ts'
import type { PositionStatus, ValidatorStatus } from '../api/schema/validator.ts'
import { CorruptError } from '../store/errors.ts'
import { stateKey } from '../store/keys.ts'
import type { Store } from '../store/store.ts'
import { type Accrued, accruedToAll } from './accrued.ts'
import { KeptAnswer } from './kept-answer.ts'
import { LastPayouts } from './last-payouts.ts'
import { accountsAfter } from './pages/accounts.ts'
import { assetStatus, assetsAfter } from './pages/assets.ts'
import { batchesOf, batchStatus } from './pages/batches.ts'
import { epochSummary, epochsDown } from './pages/epochs.ts'
import { eventsOf } from './pages/events.ts'
import { flowsIn } from './pages/flows.ts'
import { type Step, takePage } from './pages/page.ts'
import { payoutStatus, payoutsIn, payoutsTo } from './pages/payouts.ts'
import { recordsDown, recordsIn } from './pages/records.ts'
import { positionsAfter, validatorsAfter } from './pages/validators.ts'
import { paidAccount } from './payouts.ts'

type AccountPage = Page<AccountPayout> & { readonly epoch: number; readonly payoutsFrom: number }

/** The ledger in pieces, from a node's own store. */
export class StoredPages implements LedgerPages {
  readonly #store: Store
  readonly #lastPayouts: LastPayouts
  /** By epoch: each page of the accounts needs all of it. */
  readonly #accrued = new KeptAnswer<Accrued>()

  constructor(store: Store) {
    this.#store = store
    this.#lastPayouts = new LastPayouts(store)
  }

  epochs({ limit, cursor }: PageAsk): Promise<Page<EpochSummary>> {
    return takePage(epochsDown(this.#store, cursorPlace(cursor, ['count'])?.[0]), limit)
  }

  epoch(epoch: number): EpochSummary | undefined {
    return epochSummary(this.#store, epoch)
  }

  async batches(epoch: number, { limit, cursor }: PageAsk): Promise<Page<FinalBatch> | undefined> {
    const after = cursorPlace(cursor, ['text', 'count'])
    return this.#isHere(epoch) ? await takePage(batchesOf(this.#store, epoch, after), limit) : undefined
  }

  payouts(epoch: number, ask: PageAsk): Promise<Page<Payout> | undefined> {
    return this.#payouts(epoch, ask, paid => payoutStatus(epoch, paid))
  }

  async flows(epoch: number, { limit, cursor }: PageAsk): Promise<Page<FlowStatus> | undefined> {
    const after = cursorPlace(cursor, ['count', 'count'])
    return this.#isHere(epoch) ? await takePage(flowsIn(this.#store, epoch, after), limit) : undefined
  }

  async accounts(epoch: number | undefined, ask: PageAsk): Promise<AccountPage | undefined> {
    if (epoch === undefined) return await this.#accountsNow(ask)
    const page = await this.#payouts(epoch, ask, paid => paidAccount(epoch, paid))
    return page && { ...page, epoch, payoutsFrom: epoch }
  }

  payoutsTo(account: AccountKey, { limit, cursor }: PageAsk): Promise<Page<Payout>> {
    return takePage(payoutsTo(this.#store, account, cursorPlace(cursor, ['count'])?.[0]), limit)
  }

  recordsBy(author: AccountKey, { limit, cursor }: PageAsk): Promise<Page<RecordStatus>> {
    const before = cursorPlace(cursor, ['count', 'text', 'count'])
    return takePage(recordsDown(this.#store, author, before), limit)
  }

  positionsOf(account: AccountKey, { limit, cursor }: PageAsk): Promise<Page<PositionStatus>> {
    return takePage(positionsAfter(this.#store, account, cursorPlace(cursor, ['text'])?.[0]), limit)
  }

  batch(batch: Cid): BatchStatus | undefined {
    return batchStatus(this.#store, batch)
  }

  async recordsIn(batch: Cid, { limit, cursor }: PageAsk): Promise<Page<RecordStatus> | undefined> {
    const after = cursorPlace(cursor, ['count'])?.[0]
    return this.#store.batches.has(batch) ? await takePage(recordsIn(this.#store, batch, after), limit) : undefined
  }

  assets(filter: AssetFilter, { limit, cursor }: PageAsk): Promise<Page<AssetStatus>> {
    return takePage(assetsAfter(this.#store, filter, cursorPlace(cursor, ['text'])?.[0]), limit)
  }

  asset(ref: RefKey): AssetStatus | undefined {
    return assetStatus(this.#store, ref)
  }

  validators({ limit, cursor }: PageAsk): Promise<Page<ValidatorStatus>> {
    return takePage(validatorsAfter(this.#store, cursorPlace(cursor, ['text'])?.[0]), limit)
  }

  params(): { readonly epoch: number; readonly params: Params } {
    const bytes = this.#store.state.get(paramsKey)
    if (bytes === undefined) throw new CorruptError(stateKey(paramsKey), 'missing')
    return { epoch: this.#store.head()?.epoch ?? 0, params: decodeCell(paramsCodec, bytes) }
  }

  events(epoch: number, filter: EventFilter): AsyncIterable<LedgerEvent> {
    return eventsOf(this.#store, epoch, filter)
  }

  checkpoint(checkpoint: Cid): number | undefined {
    return this.#store.epochs.named(checkpoint)
  }

  async #payouts<T>(
    epoch: number,
    { limit, cursor }: PageAsk,
    shown: (paid: CreditedPayout) => T,
  ): Promise<Page<T> | undefined> {
    const after = cursorPlace(cursor, ['count', 'count'])
    if (!this.#isHere(epoch)) return undefined
    return await takePage(mapped(payoutsIn(this.#store, epoch, after), shown), limit)
  }

  async #accountsNow({ limit, cursor }: PageAsk): Promise<AccountPage> {
    const after = cursorPlace(cursor, ['text'])?.[0]
    const view = await this.#store.view()
    try {
      const epoch = view.head?.epoch ?? 0
      const accrued = await this.#accrued.get(epoch, () => accruedToAll(view))
      const last = this.#lastPayouts
      await last.upTo(epoch)
      const page = await takePage(accountsAfter(view, accrued, last, after), limit)
      return { epoch, payoutsFrom: last.from, ...page }
    } finally {
      await view.close()
    }
  }

  #isHere(epoch: number): boolean {
    return this.#store.epochs.get(epoch) !== undefined
  }
}

function* mapped<From, To>(steps: Iterable<Step<From>>, shown: (item: From) => To): Generator<Step<To>> {
  for (const { at, item } of steps) yield { at, item: item === undefined ? undefined : shown(item) }
}
