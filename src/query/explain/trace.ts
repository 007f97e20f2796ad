import { type Amount, divide } from '../../../consensus/amount.ts'
import type { FlowId, ListName } from '../../../consensus/ledger/flow/flow.ts'
import type { RefKey } from '../../../consensus/ref.ts'
import type { Books } from './books.ts'
import type { Catalogue } from './catalogue.ts'

/** Where money entered: by the fees of `from`, through one of its lists. */
export interface Cause {
  readonly from: FlowId
  readonly list: ListName | 'fees'
  /** Where it went first: the asset that was named, or the model that was billed. */
  readonly entered: RefKey
  readonly amount: Amount
}

/**
 * Follows money that an asset got back to where it entered the lineage. Each asset's part is divided by what came in from above;
 * lower assets are done before those above them, so that each is visited once, however many ways lead through it.
 */
export function traceData(books: Books, catalogue: Catalogue, asset: RefKey, amount: Amount): Cause[] {
  const causes = new Causes()
  const climb = new Climb(asset, amount, ref => catalogue.height(ref))
  for (let next = climb.next(); next !== undefined; next = climb.next()) {
    const [ref, part] = next
    const { inbound } = books.flow({ kind: 'asset', key: ref })!
    const parts = divide(
      part,
      inbound.map(line => line.amount),
    )
    inbound.forEach(({ from, list }, i) => {
      if (from.kind === 'asset') climb.add(from.key, parts[i]!)
      else causes.add(from, list, ref, parts[i]!)
    })
  }
  return causes.all()
}

/** The same for builders: money that a model got, back to the models and agents whose fees it was. */
export function traceBuilder(books: Books, catalogue: Catalogue, model: RefKey, amount: Amount): Cause[] {
  const causes = new Causes()
  const climb = new Climb(model, amount, ref => catalogue.height(ref))
  for (let next = climb.next(); next !== undefined; next = climb.next()) {
    const [ref, part] = next
    const id = catalogue.builtId(ref)
    const flow = books.flow(id)!
    const own = builderFees(books, id)
    const parts = divide(part, [own, ...flow.inbound.map(line => line.amount)])
    causes.add(id, 'fees', ref, parts[0]!)
    for (const [i, { from }] of flow.inbound.entries()) climb.add(from.key, parts[i + 1]!)
  }
  return causes.all()
}

/** F1: B of a model or agent out of its own fees. */
function builderFees(books: Books, id: FlowId): Amount {
  const shares = id.kind === 'agent' ? books.params.actionShares : books.params.inferenceShares
  let builder = 0
  for (const { fees } of books.flow(id)!.payees) builder += divide(fees, shares)[2]!
  return builder
}

/** What is still to be followed, the lowest first: money comes from above alone. */
class Climb {
  readonly #levels = new Map<number, Map<RefKey, Amount>>()
  readonly #heightOf: (ref: RefKey) => number

  constructor(start: RefKey, amount: Amount, heightOf: (ref: RefKey) => number) {
    this.#heightOf = heightOf
    this.add(start, amount)
  }

  add(ref: RefKey, amount: Amount): void {
    if (amount === 0) return
    const height = this.#heightOf(ref)
    let level = this.#levels.get(height)
    if (level === undefined) {
      level = new Map()
      this.#levels.set(height, level)
    }
    level.set(ref, (level.get(ref) ?? 0) + amount)
  }

  next(): [RefKey, Amount] | undefined {
    if (this.#levels.size === 0) return undefined
    const height = Math.min(...this.#levels.keys())
    const level = this.#levels.get(height)!
    const [entry] = level
    level.delete(entry![0])
    if (level.size === 0) this.#levels.delete(height)
    return entry
  }
}

class Causes {
  readonly #causes = new Map<string, { -readonly [K in keyof Cause]: Cause[K] }>()

  add(from: FlowId, list: Cause['list'], entered: RefKey, amount: Amount): void {
    if (amount === 0) return
    const key = `${from.kind}/${list}/${from.key}${entered}`
    const known = this.#causes.get(key)
    if (known === undefined) this.#causes.set(key, { from, list, entered, amount })
    else known.amount += amount
  }

  all(): Cause[] {
    return [...this.#causes.values()]
  }
}
