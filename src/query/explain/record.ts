import { accountText } from '../../../consensus/account.ts'
import { type Amount, divide } from '../../../consensus/amount.ts'
import { isFailed, outcomes } from '../../../consensus/ledger/outcome.ts'
import type { Action } from '../../../consensus/records/action.ts'
import type { Inference } from '../../../consensus/records/inference.ts'
import type { LedgerRecord } from '../../../consensus/records/registry.ts'
import { type RefKey, refFromKey, refKeyText, resolveRef } from '../../../consensus/ref.ts'
import type { Store } from '../../store/store.ts'
import { headerOf } from '../final-batches.ts'
import { codeText } from '../record.ts'
import { Books } from './books.ts'
import { Branch } from './branch.ts'
import { Catalogue } from './catalogue.ts'

/** Any record: who wrote it, what became of it, and where its fee went. */
export async function explainRecord(store: Store, ref: RefKey, record: LedgerRecord): Promise<Branch> {
  const [batch, index] = refFromKey(ref)
  const catalogue = new Catalogue(store)
  const root = Branch.heading(record.kind, refKeyText(ref))
  root.remark('written by', accountText(headerOf(store, batch).author))
  const outcome = store.outcomes.get(batch)
  const code = outcome?.codes[index]
  root.remark(outcomeText(outcome?.epoch, code))
  if (record.kind === 'inference' || record.kind === 'action') {
    const books = code === outcomes.paid ? await Books.open(store, outcome!.epoch) : undefined
    if (books !== undefined) addFee(root, books, catalogue, ref, record)
  } else {
    const amount = amountOf(record)
    if (amount !== undefined && code === outcomes.done) root.sum('amount', 'moved').add(amount)
  }
  return root
}

function outcomeText(epoch: number | undefined, code: number | undefined): string {
  if (epoch === undefined || code === undefined) return 'pending: it is not final yet'
  return isFailed(code)
    ? `final in epoch ${epoch}, and failed: ${codeText(code)}; it changed nothing`
    : `final in epoch ${epoch}: ${codeText(code)}`
}

function amountOf(record: LedgerRecord): Amount | undefined {
  if (record.kind === 'transfer' || record.kind === 'stake' || record.kind === 'unstake') return record.amount
  return record.kind === 'session' ? record.deposit : undefined
}

/** F1 for this record alone. The ledger divides the sum of a payee's fees, so that rounding happens once. */
function addFee(root: Branch, books: Books, catalogue: Catalogue, ref: RefKey, record: Inference | Action): void {
  const { fee } = record
  const shares = record.kind === 'action' ? books.params.actionShares : books.params.inferenceShares
  const parts = divide(fee, shares) as [Amount, Amount, Amount, Amount]
  const line = root.sum('fee', 'its fee').add(fee)
  line.sum('operators', 'the validators’ pool').add(parts[0])
  line.sum('executor', 'who executed').add(parts[1])
  line.sum('builder', 'builders').add(parts[2])
  const data = line.sum('data', 'data').add(parts[3])
  const [batch] = refFromKey(ref)
  const earner = resolveRef(record.kind === 'action' ? record.agent : record.model, batch)
  const cell = catalogue.asset(earner)
  if (cell !== undefined && 'attributor' in cell && cell.attributor !== null) {
    data.sum('waits', 'waits for the model’s attributor').add(parts[3])
    return
  }
  const flow = books.flow(catalogue.builtId(earner))
  const named = new Set(flow?.lists.find(({ name }) => name === 'uses')?.parts.map(({ to }) => to))
  const uses = record.uses ?? []
  const amounts =
    uses.length === 0
      ? []
      : divide(
          parts[3],
          uses.map(([, weight]) => weight),
        )
  if (uses.length === 0) data.sum('unnamed', unnamedText).add(parts[3])
  uses.forEach(([use], i) => {
    const asset = resolveRef(use, batch)
    if (named.has(asset)) data.sum(asset, catalogue.label(asset), refKeyText(asset)).add(amounts[i]!)
    else data.sum('unnamed', unnamedText).add(amounts[i]!)
  })
}

const unnamedText = 'names nothing that counts: goes to what the model declares as its data, or to the treasury'
