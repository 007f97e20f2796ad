import type { AccountKey } from '../../consensus/account.ts'
import type { Cid } from '../../consensus/cid.ts'
import { LedgerError } from '../../consensus/errors.ts'
import type {
  AccountStatus,
  AuthorStatus,
  EpochRange,
  EpochStatus,
  Explanation,
  ExportKind,
  ExportLine,
  NodeView,
  Payouts,
  RecordStatus,
  Subject,
  Supply,
} from '../api/node-view.ts'
import { CorruptError } from '../store/errors.ts'
import { metaKey } from '../store/keys.ts'
import type { Store } from '../store/store.ts'
import type { View } from '../store/view.ts'
import { accountStatus } from './account.ts'
import { authorStatus } from './author.ts'
import { epochStatus } from './epoch.ts'
import { explain } from './explain/explain.ts'
import { epochLines } from './export.ts'
import { KeptAnswer } from './kept-answer.ts'
import { LastPayouts } from './last-payouts.ts'
import { payoutsNow, payoutsOfEpoch } from './payouts.ts'
import { recordStatus } from './record.ts'
import { supplyNow } from './supply.ts'

/** Everything that a node answers from its own data. A running node answers the rest. */
export class LedgerView implements Omit<NodeView, 'status' | 'submit' | 'halt'> {
  protected readonly store: Store
  readonly #lastPayouts: LastPayouts
  readonly #supply = new KeptAnswer<Supply>()

  constructor(store: Store) {
    this.store = store
    this.#lastPayouts = new LastPayouts(store)
  }

  async payouts(epoch?: number): Promise<Payouts> {
    if (epoch === undefined) return this.#atOneMoment(view => payoutsNow(view, this.#lastPayouts))
    this.#expectFinal(epoch)
    return payoutsOfEpoch(this.store, epoch)
  }

  account(account: AccountKey): Promise<AccountStatus | undefined> {
    return this.#atOneMoment(view => accountStatus(view, account))
  }

  author(account: AccountKey): Promise<AuthorStatus> {
    return authorStatus(this.store, account)
  }

  async record(batch: Cid, index: number): Promise<RecordStatus | undefined> {
    return recordStatus(this.store, batch, index)
  }

  /** Doesn't wait: who can, waits first. */
  async epoch(epoch: number): Promise<EpochStatus | undefined> {
    return epochStatus(this.store, epoch)
  }

  supply(): Promise<Supply> {
    const genesis = this.store.genesis()
    if (genesis === undefined) throw new CorruptError(metaKey('genesis'), 'missing')
    // Every cell is counted: once in an epoch is enough.
    return this.#supply.get(this.#headEpoch(), () => this.#atOneMoment(view => supplyNow(view, genesis)))
  }

  async explain(subject: Subject, epoch?: number, signal?: AbortSignal): Promise<Explanation | undefined> {
    if (epoch !== undefined) this.#expectFinal(epoch)
    return explain(this.store, subject, {
      from: epoch ?? 1,
      to: epoch ?? this.#headEpoch(),
      ...(signal && { signal }),
    })
  }

  async *export(what: ExportKind, { from = 1, to }: EpochRange = {}): AsyncGenerator<ExportLine> {
    const last = Math.min(to ?? Number.POSITIVE_INFINITY, this.#headEpoch())
    for (let epoch = Math.max(1, from); epoch <= last; epoch++) yield* epochLines[what](this.store, epoch)
  }

  #headEpoch(): number {
    return this.store.head()?.epoch ?? 0
  }

  #expectFinal(epoch: number): void {
    const newest = this.#headEpoch()
    if (epoch >= 1 && epoch <= newest) return
    throw new LedgerError('not-yet', `epoch ${epoch} isn't final: the newest is ${newest}`, { epoch, newest })
  }

  /** Epochs end while a question is answered: all of an answer is of the same one. */
  async #atOneMoment<T>(ask: (view: View) => Promise<T>): Promise<T> {
    const view = await this.store.view()
    try {
      return await ask(view)
    } finally {
      await view.close()
    }
  }
}
