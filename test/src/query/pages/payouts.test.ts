import * as assert from 'uvu/assert'
import type { AccountKey } from '../../../../consensus/account.ts'
import { toKey } from '../../../../consensus/bytes.ts'
import { accountCodec, emptyAccount } from '../../../../consensus/ledger/cells/account.ts'
import { encodeCell } from '../../../../consensus/ledger/cells/cell.ts'
import { encodePayouts } from '../../../../consensus/ledger/flow/payout-codec.ts'
import { payoutOf, payoutsTo } from '../../../../src/query/pages/payouts.ts'
import { Store } from '../../../../src/store/store.ts'
import { suite } from '../../../harness.ts'
import { tempFolder } from '../../temp-folder.ts'

const test = suite('query/pages/payouts')
const account = (byte: number): AccountKey => toKey(new Uint8Array(32).fill(byte))

test("an account's payout is found in any chunk of its epoch by point reads, and no chunk behind its place is read", async () => {
  const store = await Store.open(tempFolder(), { create: true, multithreading: false })
  const chunks = [[1, 3], [5, 7], [9]].map(
    bytes =>
      encodePayouts(bytes.map(byte => ({ account: account(byte), amount: byte, creditAfter: 10, lines: [] })))[0]!,
  )
  await store.write([...store.payouts.ops(4, chunks), ...store.payouts.ops(5, chunks.slice(2))], { sync: false })
  const read: number[] = []
  const get = store.payouts.get.bind(store.payouts)
  store.payouts.get = (epoch, number) => {
    read.push(number)
    return get(epoch, number)
  }
  store.payouts.all = () => {
    throw new Error('an iterator')
  }
  const find = async (epoch: number, byte: number) => {
    read.length = 0
    const paid = await payoutOf(store, epoch, account(byte))
    return [paid?.amount, read.join(' ')]
  }
  assert.equal(await find(4, 1), [1, '0'])
  assert.equal(await find(4, 7), [7, '0 1'])
  assert.equal(await find(4, 4), [undefined, '0 1'])
  assert.equal(await find(4, 9), [9, '0 1 2'])
  assert.equal(await find(4, 10), [undefined, '0 1 2 3'])
  assert.equal(await find(6, 1), [undefined, '0'])
  await store.close()
})

test("an account's payouts end with the first epoch that is here: before it a node that joined by a snapshot has none", async () => {
  const read: number[] = []
  const cell = encodeCell(accountCodec, { ...emptyAccount, credit: 7 })
  const store = {
    first: () => 1_000_000,
    head: () => ({ epoch: 1_000_003 }),
    state: { get: () => cell },
    payouts: { get: (epoch: number) => void read.push(epoch) },
  } as unknown as Store
  const steps: unknown[] = []
  for await (const { item } of payoutsTo(store, account(1), undefined)) steps.push(item)
  assert.equal(read, [1_000_003, 1_000_002, 1_000_001, 1_000_000])
  assert.equal(steps, [undefined, undefined, undefined, undefined])
})
