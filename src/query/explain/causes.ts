import type { Cause } from '../../../consensus/light/proof/climb.ts'
import { type RefKey, refKeyText } from '../../../consensus/ref.ts'
import type { Books } from './books.ts'
import type { Branch } from './branch.ts'
import type { Catalogue } from './catalogue.ts'
import { addRecords } from './record-parts.ts'

/** A line per cause below `branch`, with the records behind it. `about` is the asset or model whose money is explained. */
export function addCauses(
  branch: Branch,
  books: Books,
  catalogue: Catalogue,
  about: RefKey,
  causes: readonly Cause[],
): void {
  for (const cause of causes) {
    const { from, list, entered, amount } = cause
    const key = `${from.kind}/${list}/${from.key}${entered}`
    const line = branch.sum(
      key,
      causeText(ref => catalogue.label(ref), about, cause),
      from.key === '' ? null : refKeyText(from.key),
    )
    line.add(amount)
    addRecords(line, books, cause)
  }
}

/** Why money came in; `label` says what a ref stands for. */
export function causeText(label: (ref: RefKey) => string, about: RefKey, { from, list, entered }: Cause): string {
  const model = label(from.key)
  const asset = entered === about ? 'it' : `${label(entered)}, which was made from it`
  switch (list) {
    case 'uses':
      return `records of ${model} named ${asset}`
    case 'attribution':
      return `the attributor of ${model} named ${asset}`
    case 'unnamed':
      return from.kind === 'waiting'
        ? `no attribution came in time: ${model} declares ${asset} as its data`
        : `records of ${model} named nothing; the model declares ${asset} as its data`
    default:
      return from.key === about ? `fees of ${model} itself` : `fees of ${model}, which builds on it`
  }
}
