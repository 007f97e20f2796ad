import { type Amount, divide } from '../../../consensus/amount.ts'
import type { FlowId } from '../../../consensus/ledger/flow/flow.ts'
import { type Cause, Causes, Climb } from '../../../consensus/light/proof/climb.ts'
import type { RefKey } from '../../../consensus/ref.ts'
import type { Books } from './books.ts'
import type { Catalogue } from './catalogue.ts'

/**
 * Follows money that an asset got back to where it entered the lineage. Each asset's part is divided by what came in from above;
 * lower assets are done before those above them, so that each is visited once, however many ways lead through it.
 */
export function traceData(books: Books, catalogue: Catalogue, asset: RefKey, amount: Amount): Cause[] {
  const causes = new Causes()
  const climb = new Climb()
  climb.add(asset, catalogue.height(asset), amount)
  for (const [ref, part] of stepsOf(climb)) {
    const { inbound } = books.flow({ kind: 'asset', key: ref })!
    const parts = divide(
      part,
      inbound.map(line => line.amount),
    )
    inbound.forEach(({ from, list }, i) => {
      if (from.kind === 'asset') climb.add(from.key, catalogue.height(from.key), parts[i]!)
      else causes.add(from, list, ref, parts[i]!)
    })
  }
  return causes.all()
}

/** The same for builders: money that a model got, back to the models and agents whose fees it was. */
export function traceBuilder(books: Books, catalogue: Catalogue, model: RefKey, amount: Amount): Cause[] {
  const causes = new Causes()
  const climb = new Climb()
  climb.add(model, catalogue.height(model), amount)
  for (const [ref, part] of stepsOf(climb)) {
    const id = catalogue.builtId(ref)
    const flow = books.flow(id)!
    const own = builderFees(books, id)
    const parts = divide(part, [own, ...flow.inbound.map(line => line.amount)])
    causes.add(id, 'fees', ref, parts[0]!)
    for (const [i, { from }] of flow.inbound.entries()) climb.add(from.key, catalogue.height(from.key), parts[i + 1]!)
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

function* stepsOf(climb: Climb): Generator<[RefKey, Amount]> {
  for (let level = climb.next(); level !== undefined; level = climb.next()) yield* level
}
