import { type Amount, divide } from '../../../consensus/amount.ts'
import type { Flow, FlowId, FlowList } from '../../../consensus/ledger/flow/flow.ts'
import type { RefKey } from '../../../consensus/ref.ts'
import { breathe } from '../../proofs/breathe.ts'
import type { Store } from '../../store/store.ts'
import { type Books, booksOf } from '../explain/books.ts'
import type { EpochSpan } from '../explain/epoch-span.ts'

/** `flow`: from one asset's books into another's. `origin`: past the books to the owners of an origin (F4). */
export type WayType = 'flow' | 'origin'

export interface MoneyWay {
  readonly from: RefKey
  readonly to: RefKey
  readonly type: WayType
  readonly amount: Amount
}

/** All money that went between assets, and through them to accounts, over a range of epochs. */
export class MoneyWays {
  readonly #below = new Map<RefKey, Map<string, MoneyWay>>()
  readonly #above = new Map<RefKey, Set<RefKey>>()
  readonly #received = new Map<RefKey, Amount>()
  readonly #paid = new Map<RefKey, Amount>()

  private constructor() {}

  static async over(store: Store, range: EpochSpan): Promise<MoneyWays> {
    const ways = new MoneyWays()
    for await (const books of booksOf(store, range)) {
      for (const flow of books.flows()) ways.#addFlow(books, flow)
      await breathe()
    }
    return ways
  }

  /** Ways from an asset down. */
  below(ref: RefKey): Iterable<MoneyWay> {
    return this.#below.get(ref)?.values() ?? []
  }

  /** Assets that money came from. */
  above(ref: RefKey): Iterable<RefKey> {
    return this.#above.get(ref) ?? []
  }

  flowed(from: RefKey, to: RefKey): Amount {
    return this.#below.get(from)?.get(`flow${to}`)?.amount ?? 0
  }

  received(ref: RefKey): Amount {
    return this.#received.get(ref) ?? 0
  }

  paid(ref: RefKey): Amount {
    return this.#paid.get(ref) ?? 0
  }

  #addFlow(books: Books, { kind, key, payees, inbound, lists }: Flow): void {
    if (kind === 'operators') return
    // What waits for its attribution is still the model's.
    if (kind !== 'waiting') {
      for (const { fees } of payees) add(this.#received, key, fees)
      for (const { from, amount } of inbound) this.#addWay({ from: from.key, to: key, type: 'flow', amount })
    }
    const toOrigins = kind === 'asset' ? originLists(books, { kind, key }, lists) : []
    for (const list of toOrigins) this.#addOrigins(key, list)
    if (kind === 'waiting') return
    for (const { role, amount } of books.paidAt(key)) {
      // Told where the origins stand.
      if (role !== 'origin' || toOrigins.length === 0) add(this.#paid, key, amount)
    }
  }

  #addOrigins(from: RefKey, { amount: whole, parts }: FlowList): void {
    const amounts = divide(
      whole,
      parts.map(({ weight }) => weight),
    )
    for (const [i, { to }] of parts.entries()) {
      if (to === '') continue
      this.#addWay({ from, to, type: 'origin', amount: amounts[i]! })
      add(this.#paid, to, amounts[i]!)
    }
  }

  #addWay(way: MoneyWay): void {
    const { from, to, type, amount } = way
    if (from === to || amount === 0) return
    const ways = this.#below.get(from) ?? new Map<string, MoneyWay>()
    const known = ways.get(type + to)
    ways.set(type + to, known === undefined ? way : { ...way, amount: known.amount + amount })
    this.#below.set(from, ways)
    this.#above.set(to, (this.#above.get(to) ?? new Set()).add(from))
    add(this.#received, to, amount)
  }
}

/** F4: beyond the bound of an epoch's assets, origins stand in for parents, and then no parent got anything. */
function originLists(books: Books, id: FlowId, lists: readonly FlowList[]): FlowList[] {
  const isStuck = books.outbound(id).length === 0
  return lists.filter(({ name }) => name === 'origins' || (name === 'parents' && isStuck))
}

function add(sums: Map<RefKey, Amount>, ref: RefKey, amount: Amount): void {
  sums.set(ref, (sums.get(ref) ?? 0) + amount)
}
