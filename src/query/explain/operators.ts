import { type Amount, divide } from '../../../consensus/amount.ts'
import { refKeyText } from '../../../consensus/ref.ts'
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
  inbound.forEach(({ from }, i) => {
    if (parts[i] === 0) return
    if (from.kind === 'operators') {
      branch.sum('bytes', 'what authors paid for the bytes of their batches').add(parts[i]!)
      return
    }
    const line = branch.sum(from.key, `fees of ${catalogue.label(from.key)}`, refKeyText(from.key)).add(parts[i]!)
    addFeeRecords(line, books, from.key, parts[i]!)
  })
}
