import { accountKeyText } from '../../../consensus/account.ts'
import { type Amount, divide } from '../../../consensus/amount.ts'
import type { Flow } from '../../../consensus/ledger/flow/flow.ts'
import type { Role } from '../../../consensus/ledger/flow/payouts.ts'
import { type RefKey, refKeyText } from '../../../consensus/ref.ts'
import type { Store } from '../../store/store.ts'
import { type Books, booksOf } from './books.ts'
import { Branch } from './branch.ts'
import { Catalogue } from './catalogue.ts'
import { addCauses } from './causes.ts'
import type { EpochSpan } from './epoch-span.ts'
import { traceData } from './trace.ts'
import { isWholeLife } from './whole-life.ts'

/** A contribution or refinement: what reached it and where that went; and what its owner got straight from refinements above. */
export async function explainAsset(store: Store, asset: RefKey, range: EpochSpan): Promise<Branch> {
  const catalogue = new Catalogue(store)
  const isWhole = isWholeLife(store, asset, range)
  const root = Branch.heading(catalogue.label(asset), refKeyText(asset))
  const inflow = root.sum('in', 'reached it')
  const outflow = root.sum('out', 'of that went to')
  const asOrigin = root.sum('origin', 'its owner got as an origin, straight from what was made from it')
  for await (const books of booksOf(store, range)) {
    const flow = books.flow({ kind: 'asset', key: asset })
    if (flow !== undefined) {
      const amount = inflowOf(flow)
      addCauses(inflow.add(amount), books, catalogue, asset, traceData(books, catalogue, asset, amount))
      addOutflow(outflow, books, catalogue, flow, amount)
    }
    addOriginParts(asOrigin, books, catalogue, asset)
  }
  if (inflow.isEmpty && asOrigin.isEmpty) {
    root.remark(isWhole ? 'nothing has reached it yet' : 'nothing reached it in these epochs')
  }
  return root
}

/** A datanet earns through its assets: what its owners' share came to. */
export async function explainDatanet(store: Store, datanet: RefKey, range: EpochSpan): Promise<Branch> {
  const catalogue = new Catalogue(store)
  const isWhole = isWholeLife(store, datanet, range)
  const root = Branch.sum('its owner’s share of what reached its assets', refKeyText(datanet))
  for await (const books of booksOf(store, range)) {
    for (const flow of books.flows()) {
      if (flow.kind !== 'asset' || !standsIn(catalogue, flow.key, datanet)) continue
      for (const { role, amount } of books.paidAt(flow.key)) {
        if (role !== 'owner') continue
        const line = root.add(amount).sum(flow.key, catalogue.label(flow.key), refKeyText(flow.key)).add(amount)
        addCauses(line, books, catalogue, flow.key, traceData(books, catalogue, flow.key, amount))
      }
    }
  }
  if (root.isEmpty) root.remark(`nothing ${isWhole ? 'yet' : 'in these epochs'}; its share may be 0`)
  return root
}

function standsIn(catalogue: Catalogue, asset: RefKey, datanet: RefKey): boolean {
  const cell = catalogue.asset(asset)
  return cell !== undefined && 'datanet' in cell && cell.datanet === datanet
}

function inflowOf({ inbound }: Flow): Amount {
  return inbound.reduce((sum, { amount }) => sum + amount, 0)
}

const earnedAs: Readonly<Partial<Record<Role, string>>> = {
  owner: 'owner of its datanet',
  origin: 'contributor of raw material',
  refiner: 'who refined it',
}

function addOutflow(outflow: Branch, books: Books, catalogue: Catalogue, { kind, key }: Flow, inflow: Amount): void {
  let rest = inflow
  for (const { account, role, amount } of books.paidAt(key)) {
    outflow
      .add(amount)
      .sum(role + account, earnedAs[role] ?? role, accountKeyText(account))
      .add(amount)
    rest -= amount
  }
  for (const { to, amount } of books.outbound({ kind, key })) {
    outflow
      .add(amount)
      .sum(to.key, `${catalogue.label(to.key)}, which it was made from`, refKeyText(to.key))
      .add(amount)
    rest -= amount
  }
  // F4: beyond the bound of an epoch's assets, what can't stand in for parents.
  if (rest > 0) outflow.add(rest).sum('treasury', treasuryText).add(rest)
}

const treasuryText =
  'the treasury: too many assets had inflow, and this one keeps no origin to stand in for its parents'

/** F4: the origin part goes to the owners of origins, past the origins themselves. */
function addOriginParts(asOrigin: Branch, books: Books, catalogue: Catalogue, origin: RefKey): void {
  for (const { kind, key, lists } of books.flows()) {
    if (kind !== 'asset') continue
    for (const list of lists) {
      if (list.name !== 'origins' && !isFallback(books, key, list.name)) continue
      const at = list.parts.findIndex(({ to }) => to === origin)
      if (at === -1) continue
      const amount = divide(
        list.amount,
        list.parts.map(({ weight }) => weight),
      )[at]!
      const line = asOrigin
        .add(amount)
        .sum(key, `origin part of ${catalogue.label(key)}`, refKeyText(key))
        .add(amount)
      if (amount > 0) addCauses(line, books, catalogue, key, traceData(books, catalogue, key, amount))
    }
  }
}

/** F4: beyond the bound of an epoch's assets, origins stand in for parents. Then no parent got anything. */
function isFallback(books: Books, refinement: RefKey, list: string): boolean {
  return list === 'parents' && books.outbound({ kind: 'asset', key: refinement }).length === 0
}
