import { type Amount, divide } from '../../../consensus/amount.ts'
import { type RefKey, refKeyText } from '../../../consensus/ref.ts'
import type { Books } from './books.ts'
import type { Branch } from './branch.ts'
import type { Catalogue } from './catalogue.ts'
import { addFeeRecords } from './record-parts.ts'

/** F5: the fees, and the prices of bytes, that an amount out of the operators' pool came from. */
export function addPool(branch: Branch, books: Books, catalogue: Catalogue, amount: Amount): void {
  const inbound = books.flow({ kind: 'operators', key: '' })?.inbound ?? []
  if (inbound.length === 0) return
  const parts = divide(
    amount,
    inbound.map(line => line.amount),
  )
  // A line for each payee of a model or agent came in: its records are told once.
  const fees = new Map<RefKey, Amount>()
  inbound.forEach(({ from }, i) => {
    const part = parts[i]!
    if (part === 0) return
    if (from.kind === 'operators') branch.sum('bytes', 'what authors paid for the bytes of their batches').add(part)
    else fees.set(from.key, (fees.get(from.key) ?? 0) + part)
  })
  for (const [from, part] of fees) {
    const line = branch.sum(from, `fees of ${catalogue.label(from)}`, refKeyText(from)).add(part)
    addFeeRecords(line, books, from, part)
  }
}
