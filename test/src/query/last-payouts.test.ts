import * as assert from 'uvu/assert'
import { type LastPayout, LastPayouts } from '../../../src/query/last-payouts.ts'
import { actorAccount } from '../../fixtures/ledger-driver.ts'
import { buildSmallLedger, type SmallLedger } from '../../fixtures/small-ledger.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('query/last-payouts')

let ledger: SmallLedger
const read: number[] = []

test.before(async () => {
  ledger = await buildSmallLedger(tempFolder())
  const { payouts } = ledger.driver.store
  const { all } = payouts
  const noting = (epoch: number) => {
    read.push(epoch)
    return all.call(payouts, epoch)
  }
  Object.assign(payouts, { all: noting })
})

test.after(() => ledger.driver.close())

const validator = actorAccount('val0')
const never = actorAccount('nobody')

/** As execution gave it. */
function expected(account: string, to = ledger.driver.epoch): LastPayout | undefined {
  return ledger.driver.results
    .slice(0, to)
    .flatMap(({ payouts }, i) => {
      const paid = payouts.find(each => each.account === account)
      return paid === undefined ? [] : [{ epoch: i + 1, amount: paid.amount }]
    })
    .at(-1)
}

const down = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, i) => from - i)

test('reads down to the last payout that is asked for, and nothing twice', async () => {
  const { store, epoch } = ledger.driver
  read.length = 0
  const last = new LastPayouts(store)
  await last.upTo(epoch)
  assert.equal(read, [])
  const found = await last.of(validator)
  assert.equal(found, expected(validator))
  assert.equal(read, down(epoch, found!.epoch))
  assert.ok(found!.epoch > 1)
  await last.of(validator)
  await last.of(never)
  assert.equal(read, down(epoch, 1))
})

test('what came since the last question is read, and counts', async () => {
  const { store, epoch } = ledger.driver
  read.length = 0
  const last = new LastPayouts(store)
  for (let to = 1; to <= epoch; to++) {
    await last.upTo(to)
    assert.equal(await last.of(validator), expected(validator, to))
  }
  assert.equal(
    read.toSorted((a, b) => b - a),
    down(epoch, 1),
  )
})

test('looks no further down than its bound, and says how far that is', async () => {
  const { store, epoch } = ledger.driver
  read.length = 0
  const last = new LastPayouts(store, 2)
  await last.upTo(epoch)
  assert.is(last.from, epoch - 1)
  assert.is(await last.of(never), undefined)
  assert.equal(read, down(epoch, epoch - 1))
})

test('after more epochs than its bound it begins from above again', async () => {
  const { store, epoch } = ledger.driver
  read.length = 0
  const last = new LastPayouts(store, 3)
  await last.upTo(1)
  await last.of(never)
  read.length = 0
  await last.upTo(epoch)
  await last.of(never)
  assert.equal(read, down(epoch, epoch - 2))
})
