import type { AccountKey } from '../../consensus/account.ts'
import type { Cid } from '../../consensus/cid.ts'
import { LedgerError } from '../../consensus/errors.ts'
import {
  type AccountStatus,
  type AuthorStatus,
  type EpochRange,
  type EpochStatus,
  type Explanation,
  type ExportKind,
  type ExportLine,
  explainedEpochs,
  type NodeView,
  type Payouts,
  type RecordStatus,
  type Subject,
  type Supply,
} from '../api/node-view.ts'
import { writeCar } from '../archive/car.ts'
import { writeBackup } from '../backup/write-backup.ts'
import { breathe } from '../proofs/breathe.ts'
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

const askOlder = 'ask a node that has executed all epochs (start --sync full)'

/** The epoch was final before this node joined. */
function notKept(epoch: number, first: number): LedgerError {
  return new LedgerError(
    'not-kept',
    `epoch ${epoch} is not here: this node joined by a snapshot and keeps epochs from ${first} on`,
    { epoch, first },
    askOlder,
  )
}

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
    return recordStatus(this.store, batch, index) ?? this.#absent(batch)
  }

  /** Doesn't wait: who can, waits first. */
  async epoch(epoch: number): Promise<EpochStatus | undefined> {
    const first = this.store.first()
    if (epoch >= 1 && epoch < first) throw notKept(epoch, first)
    return await epochStatus(this.store, epoch)
  }

  supply(): Promise<Supply> {
    const genesis = this.store.genesis()
    if (genesis === undefined) throw new CorruptError(metaKey('genesis'), 'missing')
    // Every cell is counted: once in an epoch is enough.
    return this.#supply.get(this.#headEpoch(), () => this.#atOneMoment(view => supplyNow(view, genesis)))
  }

  async explain(subject: Subject, epochs: EpochRange = {}, signal?: AbortSignal): Promise<Explanation | undefined> {
    const explained = await explain(this.store, subject, { ...this.#explainedSpan(epochs), ...(signal && { signal }) })
    return explained ?? (subject.type === 'record' ? this.#absent(subject.batch) : undefined)
  }

  async *export(what: ExportKind, range: EpochRange = {}, signal?: AbortSignal): AsyncGenerator<ExportLine> {
    const { from, to } = this.#keptRange(range)
    for (let epoch = from; epoch <= to; epoch++) {
      yield* epochLines[what](this.store, epoch)
      // Years of epochs may hold no line, and whoever waits for one hears of nothing else.
      await breathe()
      signal?.throwIfAborted()
    }
  }

  async *car(range: EpochRange = {}): AsyncGenerator<Uint8Array> {
    yield* writeCar(this.store, this.#keptRange(range))
  }

  async *backup(): AsyncGenerator<Uint8Array> {
    yield* writeBackup(this.store)
  }

  /** As far as epochs are final. What isn't kept is left out unless it is asked for. */
  #keptRange({ from, to }: EpochRange): { from: number; to: number } {
    const first = this.store.first()
    if (from !== undefined && from >= 1 && from < first) throw notKept(from, first)
    return { from: Math.max(from ?? first, first), to: Math.min(to ?? Number.POSITIVE_INFINITY, this.#headEpoch()) }
  }

  #explainedSpan({ from, to }: EpochRange): { from: number; to: number } {
    for (const epoch of [from, to]) if (epoch !== undefined) this.#expectFinal(epoch)
    const last = to ?? this.#headEpoch()
    const span = { from: from ?? Math.max(this.store.first(), last - explainedEpochs + 1), to: last }
    if (from === undefined || from <= last) return span
    throw new LedgerError('range', `epochs: expected the first one and the last, got ${from} to ${last}`, span)
  }

  /** A node that joined by a snapshot can't tell what never was from what was before. */
  #absent(batch: Cid): undefined {
    const first = this.store.first()
    if (first === 1 || this.store.batches.has(batch)) return undefined
    throw new LedgerError(
      'not-found',
      `batch ${batch} is not here: this node joined by a snapshot and keeps epochs from ${first} on`,
      { batch: `${batch}`, first },
      askOlder,
    )
  }

  #headEpoch(): number {
    return this.store.head()?.epoch ?? 0
  }

  #expectFinal(epoch: number): void {
    const newest = this.#headEpoch()
    const first = this.store.first()
    if (epoch >= 1 && epoch < first) throw notKept(epoch, first)
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
