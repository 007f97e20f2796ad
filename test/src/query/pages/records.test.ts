import * as assert from 'uvu/assert'
import { type BatchBytes, batchSigningBytes, draftBatch } from '../../../../consensus/batch.ts'
import { toKey } from '../../../../consensus/bytes.ts'
import { Cid } from '../../../../consensus/cid.ts'
import { accountCellKey, accountCodec, emptyAccount } from '../../../../consensus/ledger/cells/account.ts'
import { encodeCell } from '../../../../consensus/ledger/cells/cell.ts'
import { cursorText } from '../../../../src/api/cursor.ts'
import { nativeCrypto as crypto } from '../../../../src/crypto/native.ts'
import { openLedger } from '../../../../src/node/open-ledger.ts'
import { StoredPages } from '../../../../src/query/stored-pages.ts'
import { batchOps } from '../../../../src/store/batches.ts'
import { stateKey } from '../../../../src/store/keys.ts'
import type { Store } from '../../../../src/store/store.ts'
import { Nodes } from '../../../fixtures/nodes.ts'
import { suite } from '../../../harness.ts'
import { tempFolder } from '../../temp-folder.ts'

const test = suite('query/pages/records')
const nodes = new Nodes()
const { key } = nodes.author('ana')
const author = toKey(key.publicKey)

function batchAt(seq: number, prev: Cid | null): BatchBytes & { readonly batch: Cid } {
  const records = [1, 2].map(amount => ({ kind: 'transfer', to: key.publicKey, amount }) as const)
  const draft = { chain: nodes.chain, author: key.publicKey, seq, prev, time: 0, records }
  const { header, body } = draftBatch(crypto, draft)
  return { header, body, signature: key.sign(batchSigningBytes(header)), batch: Cid.of(crypto, header) }
}

/** As a snapshot leaves it: the author is at `first + 2`, and of the batches up to there only the last three are here. */
async function joinedStore(first: number): Promise<{ store: Store; batches: Cid[] }> {
  const { store } = await openLedger(tempFolder(), nodes.genesis)
  const batches: Cid[] = []
  let prev: Cid | null = first === 1 ? null : Cid.of(crypto, new Uint8Array(1))
  for (const seq of [first, first + 1, first + 2]) {
    const bytes = batchAt(seq, prev)
    const arrived = { ...bytes, author: key.publicKey, seq, arrival: 0 }
    await store.write(batchOps(arrived), { sync: false })
    batches.push(bytes.batch)
    prev = bytes.batch
  }
  const cell = encodeCell(accountCodec, { ...emptyAccount, seq: first + 2, head: batches[2]! })
  await store.write([{ key: stateKey(accountCellKey(author)), value: cell }], { sync: false })
  return { store, batches }
}

for (const first of [1, 1_000_000]) {
  test(`from seq ${first} on: newest first, in pages, and no seq that isn't here is looked for`, async () => {
    const { store, batches } = await joinedStore(first)
    const pages = new StoredPages(store)
    const looked: number[] = []
    const at = store.authors.at.bind(store.authors)
    store.authors.at = (author, seq) => {
      looked.push(seq)
      return at(author, seq)
    }
    const expected = batches.toReversed().flatMap(batch => [`${batch}/1`, `${batch}/0`])
    const ids: string[] = []
    let cursor: string | null | undefined
    do {
      const page = await pages.recordsBy(author, { limit: 1, ...(cursor == null ? {} : { cursor }) })
      ids.push(...page.items.map(({ ref }) => ref))
      cursor = page.next
    } while (cursor !== null)
    assert.equal(ids, expected)
    assert.ok(looked.every(seq => seq >= first && seq <= first + 2))

    // A cursor may name any seq.
    looked.length = 0
    const { items } = await pages.recordsBy(author, { limit: 10, cursor: cursorText([2 ** 48 - 1, '', 1]) })
    assert.equal(
      items.map(({ ref }) => ref),
      expected,
    )
    assert.equal(looked, [first + 2, first + 1, first])
    await store.close()
  })
}

test('who wrote nothing has an empty list, wherever it is asked for from', async () => {
  const { store } = await openLedger(tempFolder(), nodes.genesis)
  const pages = new StoredPages(store)
  for (const ask of [{}, { cursor: cursorText([2 ** 48 - 1, '', 1]) }])
    assert.equal(await pages.recordsBy(author, ask), { items: [], next: null })
  await store.close()
})
