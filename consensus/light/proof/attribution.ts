import { outcomes } from '../../ledger/outcome.ts'
import { mismatch } from '../../merkle/proof-error.ts'
import { type RefKey, refKeyText, resolveRef } from '../../ref.ts'
import { parsePartLeaf } from './leaves.ts'
import { flowText, type ProvedBooks } from './proved-books.ts'
import { readWhole } from './proved-list.ts'
import { readRecords, type SignedRecord } from './signed-batch.ts'

/** F3: the record by which a model's attributor divided what had waited, in its weights. Throws ProofError. */
export async function readAttribution(books: ProvedBooks, model: RefKey): Promise<SignedRecord> {
  const { reader, epoch, trusted } = books
  const { batch, index } = await reader.want(epoch, { type: 'attribution', model })
  const [signed] = await readRecords(trusted, reader, batch, [index])
  const { ref, record, author, code } = signed!
  const { attributor } = await books.model(model)
  if (record.kind !== 'attribution') throw mismatch('record', refKeyText(ref), 'an attribution', record.kind)
  if (resolveRef(record.model, batch) !== model)
    throw mismatch('record', refKeyText(ref), 'of this model', 'of another')
  if (author !== attributor) throw mismatch('owner', `author of ${refKeyText(ref)}`, 'the attributor', 'another')
  if (code !== outcomes.done) throw mismatch('outcome', refKeyText(ref), outcomes.done, code ?? 'none in this epoch')
  await checkWeights(books, model, new Map(record.uses.map(([use, weight]) => [resolveRef(use, batch), weight])))
  return signed!
}

/** What the list names is what the record names; what the record names beyond counts as unnamed. */
async function checkWeights(books: ProvedBooks, model: RefKey, uses: Map<RefKey, number>): Promise<void> {
  const { id, named } = await books.waiting(model)
  if (named === undefined) throw mismatch('list', `lists of ${flowText(id)}`, 'attribution', 'none')
  const tree = { name: 'parts', flow: id, list: named.list.name } as const
  const parts = await readWhole(books, tree, named.list.parts, parsePartLeaf)
  let unnamed = 0n
  for (const weight of uses.values()) unnamed += BigInt(weight)
  for (const { item, value } of parts.items.slice(1)) {
    const weight = uses.get(item.to)
    if (weight === undefined || BigInt(weight) !== BigInt(value)) {
      throw mismatch('list', `weight of ${refKeyText(item.to)}`, weight ?? 'none', value)
    }
    unnamed -= BigInt(weight)
  }
  const first = parts.items[0]?.value ?? 0
  if (BigInt(first) !== unnamed) throw mismatch('list', 'weight of what is unnamed', unnamed, first)
}
