import * as assert from 'uvu/assert'
import { Cid } from '../../../consensus/cid.ts'
import { refKey } from '../../../consensus/ref.ts'
import { nativeCrypto } from '../../../src/crypto/native.ts'
import type { Books } from '../../../src/query/explain/books.ts'
import { Branch } from '../../../src/query/explain/branch.ts'
import type { Catalogue } from '../../../src/query/explain/catalogue.ts'
import { addPool } from '../../../src/query/explain/operators.ts'
import { suite } from '../../harness.ts'

const test = suite('query/operators')

test('each record of a model is told once, however many payees brought its fees into the pool', () => {
  const batch = Cid.of(nativeCrypto, new Uint8Array(1))
  const from = { kind: 'model', key: refKey(batch, 0) } as const
  const books = {
    epoch: 7,
    flow: () => ({ inbound: [60, 30].map(amount => ({ from, amount })) }),
    paidRecords: () => [2_000, 1_000].map((fee, index) => ({ action: false, batch, index, fee })),
  } as unknown as Books
  const branch = Branch.sum('pool')
  addPool(branch, books, { label: () => 'a model' } as unknown as Catalogue, 90)
  const [model] = branch.toNode().children
  assert.is(model!.amount, 90)
  assert.equal(
    model!.children.map(({ amount }) => amount),
    [60, 30],
  )
})
