import * as assert from 'uvu/assert'
import { accountKeyText } from '../../../consensus/account.ts'
import { encode } from '../../../consensus/cbor/encode.ts'
import { InvariantError } from '../../../consensus/errors.ts'
import { sumsKey } from '../../../consensus/ledger/cells/sums.ts'
import { refText } from '../../../consensus/ref.ts'
import type { ExportLine } from '../../../src/api/node-view.ts'
import { parseOpen } from '../../../src/decimal.ts'
import { LedgerView } from '../../../src/query/ledger-view.ts'
import { openStoredView, StoredView } from '../../../src/query/stored-view.ts'
import { actorAccount, actorText } from '../../fixtures/ledger-driver.ts'
import { buildSmallLedger, type SmallLedger } from '../../fixtures/small-ledger.ts'
import { suite } from '../../harness.ts'
import { judge } from '../../oracle/ledger-oracle.ts'
import type { RecordLine } from '../../oracle/records.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('query/ledger-view')

let ledger: SmallLedger
let view: LedgerView
const dir = tempFolder()

test.before(async () => {
  ledger = await buildSmallLedger(dir)
  view = new LedgerView(ledger.driver.store)
})

test.after(() => ledger.driver.close())

test('an export over years without a line ends when nobody waits for it', async () => {
  const stop = new AbortController()
  // As long as it holds the event loop, nothing can stop it.
  setImmediate(() => stop.abort())
  const epochs = { get: () => undefined }
  const idle = {
    first: () => 1,
    head: () => ({ epoch: 1_000_000 }),
    epochs,
  } as unknown as SmallLedger['driver']['store']
  let told = 0
  const exported = (async () => {
    for await (const _ of new LedgerView(idle).export('records', {}, stop.signal)) told++
  })()
  assert.is(await exported.catch((error: Error) => error.name), 'AbortError')
  assert.is(told, 0)
})

async function lines(what: 'records' | 'checkpoints' | 'payouts', range?: { from?: number; to?: number }) {
  const all: ExportLine[] = []
  for await (const line of view.export(what, range)) all.push(line)
  return all
}

test('F1: the executor’s credit is the sum of two fifths of each model’s fees, divided with prefix sums', async () => {
  // Epoch 6: 2,012,003 for helper, 777,777 for base, 2,000,001 for oracle; then 200,000 and 1,000,000; then 2,000 and 1,000.
  const credit = 804_801 + 311_111 + 800_000 + 80_000 + 400_000 + 800 + 400
  const account = await view.account(actorAccount('eve'))
  assert.is(account?.credit, credit)
  assert.is(account?.balance, 20_000_000 + credit)
  assert.is(account?.seq, 4)
})

test('an account that nobody has heard of is undefined, a validator without a cell of its own is not', async () => {
  assert.is(await view.account(actorAccount('nobody')), undefined)
  assert.ok((await view.account(actorAccount('val0')))!.accrued > 0)
})

test('payouts of an epoch are those that execution gave, with no word on balances', async () => {
  const { payouts } = ledger.driver.results[5]!
  assert.equal(await view.payouts(6), {
    epoch: 6,
    payoutsFrom: 6,
    accounts: payouts.map(({ account, amount, creditAfter }) => ({
      account: accountKeyText(account),
      credit: creditAfter,
      balance: null,
      accrued: null,
      payout: { epoch: 6, amount },
    })),
  })
})

test('payouts without an epoch: every account, with its newest payout', async () => {
  const { epoch, payoutsFrom, accounts } = await view.payouts()
  assert.equal([epoch, payoutsFrom], [9, 1])
  const newest = new Map<string, { epoch: number; amount: number }>()
  ledger.driver.results.forEach(({ payouts }, i) => {
    for (const { account, amount } of payouts) newest.set(accountKeyText(account), { epoch: i + 1, amount })
  })
  for (const { account, credit, payout } of accounts) {
    assert.equal(payout, newest.get(account) ?? null)
    assert.is(credit > 0, payout !== null)
  }
  assert.is(accounts.length, new Set(accounts.map(({ account }) => account)).size)
  assert.ok(accounts.some(({ account }) => account === actorText('uma')))
  assert.equal(
    await view.payouts(),
    { epoch, payoutsFrom, accounts },
    'the second answer comes from what the first one gathered',
  )
})

test('F5: what accrues to positions is what validators owe, less the dust of division', async () => {
  const { accounts } = await view.payouts()
  const accrued = accounts.reduce((sum, account) => sum + (account.accrued ?? 0), 0)
  const owed = (await view.supply()).accrued
  assert.ok(accrued <= owed && owed - accrued < 4 * 3, `${accrued} of ${owed}`)
})

test('E2: supply counts every cell, and is the genesis’', async () => {
  const { totals } = ledger.driver.results[8]!
  const { waiting, accrued, treasury } = totals
  assert.equal(await view.supply(), {
    epoch: 9,
    genesis: 4_331_000_000,
    now: 4_331_000_000,
    waiting,
    accrued,
    treasury,
  })
})

test('E2: supply refuses sums that the cells don’t bear out', async () => {
  const { driver } = await buildSmallLedger(tempFolder())
  const [supply, waiting, accrued] = [4_331_000_000, 1, 651_853]
  await driver.store.write(driver.store.state.ops([[sumsKey, encode([supply, waiting, accrued])]]), { sync: false })
  try {
    await new LedgerView(driver.store).supply()
    assert.unreachable()
  } catch (error) {
    assert.instance(error, InvariantError)
    assert.match((error as Error).message, /waiting/)
  }
  await driver.close()
})

test('an epoch: its checkpoint in words, its batches in the order of batchesRoot', async () => {
  const epoch = (await view.epoch(8))!
  const { outcomes, totals, usage } = ledger.driver.results[7]!
  assert.equal(
    epoch.batches.map(({ author, cid, seq, codes }) => [author, cid, seq, codes]),
    outcomes.map(({ author, batch, seq, codes }) => [
      accountKeyText(author),
      batch.toString(),
      seq,
      Buffer.from(codes).toString('hex'),
    ]),
  )
  assert.is(epoch.batches.filter(({ author }) => author === actorText('eve')).length, 2)
  assert.equal([epoch.totals, epoch.usage], [totals, usage])
  assert.is(await view.epoch(10), undefined)
})

test('R4: a record with its outcome, by name and code', async () => {
  const { refs } = ledger
  const paid = (await view.record(...refs.first))!
  assert.equal(paid.final, { epoch: 6, code: 1, outcome: 'paid' })
  assert.is(paid.fields.fee, '1.012')
  assert.equal(paid.fields.uses, [[refText(refs.tar3), 1_000_000]])
  assert.is((await view.record(...refs.unpaid))!.final!.outcome, 'unpaid')
  assert.is((await view.record(refs.unpaid[0], refs.unpaid[1] + 1))!.final!.outcome, 'not-for')
  assert.is(await view.record(refs.first[0], 99), undefined)
})

test('an author’s pending batches are the branch on top of its final ones', async () => {
  const { driver } = await buildSmallLedger(tempFolder())
  const author = () => new LedgerView(driver.store).author(actorAccount('bob'))
  const transfer = (amount: number) => [{ kind: 'transfer', to: new Uint8Array(32), amount } as const]
  const before = await author()
  assert.equal([before.seq, before.pending], [2, []])
  const first = await driver.batch('bob', transfer(1))
  const second = await driver.batch('bob', transfer(2))
  const status = await author()
  assert.equal(status.pending, [
    { seq: 3, cid: first.toString() },
    { seq: 4, cid: second.toString() },
  ])
  const pending = (await new StoredView(driver.store).status()).pending
  assert.is(pending.batches, 2)
  assert.ok(pending.bytes > 300)
  await driver.close()
})

test('exported records and genesis alone lead an independent judge to the same payouts', async () => {
  const { genesis, results } = ledger.driver
  const judgement = judge(
    {
      accounts: Object.fromEntries(
        genesis.accounts.map(([account, balance]) => [accountKeyText(account), open(balance)]),
      ),
      validators: genesis.validators.map(({ account, stake, commission }) => ({
        account: accountKeyText(account),
        stake: open(stake),
        commission,
      })),
      params: { attributionWindow: genesis.params.attributionWindow },
    },
    (await lines('records')) as unknown as RecordLine[],
    9,
  )
  for (const [i] of results.entries()) {
    const judged = judgement.payouts.get(i + 1)!
    const exported = await lines('payouts', { from: i + 1, to: i + 1 })
    assert.equal(
      exported.map(({ account, amount }) => [account, BigInt(parseOpen(amount))]).sort(),
      [...judged].map(([account, { amount }]) => [account, amount]).sort(),
    )
    for (const { account, lines } of exported) {
      const own = (lines as { role: string; source: string; amount: string }[])
        .map(({ role, source, amount }) => `${role} ${source} ${parseOpen(amount)}`)
        .sort()
      const theirs = judged
        .get(account as string)!
        .lines.map(({ role, source, amount }) => `${role} ${source} ${amount}`)
      assert.equal(own, theirs.sort())
    }
  }
  for (const line of await lines('records'))
    assert.is(line.outcome, judgement.outcomes.get(line.ref as string)!.outcome)
  const supply = await view.supply()
  assert.is(BigInt(supply.treasury), judgement.treasury)
})

test('exported records say why they failed, and only then', async () => {
  const records = await lines('records')
  const failed = records.filter(({ outcome }) => outcome === 'failed')
  assert.equal(
    failed.map(({ code }) => code),
    ['not-for'],
  )
  assert.ok(records.every(({ outcome, code }) => outcome === 'failed' || code === undefined))
  assert.is(records.length, 38)
})

test('a range of epochs bounds an export on both ends, and the head does', async () => {
  assert.equal(
    (await lines('checkpoints', { from: 3, to: 5 })).map(({ epoch }) => epoch),
    [3, 4, 5],
  )
  assert.equal(
    (await lines('checkpoints', { from: 8, to: 99 })).map(({ epoch }) => epoch),
    [8, 9],
  )
})

test('exported checkpoints name who signed, with their stake', async () => {
  const [line] = await lines('checkpoints', { from: 9 })
  const signers = line!.signers as { account: string; stake: string }[]
  assert.equal(
    signers.map(({ stake }) => stake),
    ['1000', '1000', '1000'],
  )
  const validators = ledger.driver.genesis.validators.map(({ account }) => accountKeyText(account))
  assert.equal(
    signers.map(({ account }) => account),
    validators.slice(0, 3),
  )
  assert.is(line!.round, 0)
  assert.equal((line!.totals as Record<string, string>).treasury, '0.666668')
})

test('epochs that aren’t final are refused with what is', async () => {
  for (const epoch of [0, 10]) {
    try {
      await view.payouts(epoch)
      assert.unreachable()
    } catch (error) {
      assert.is((error as { code?: string }).code, 'not-yet')
    }
  }
})

test('a folder at rest answers alike, and refuses what needs a running node', async () => {
  const dir = tempFolder()
  await (await buildSmallLedger(dir)).driver.close()
  const resting = await openStoredView(dir)
  assert.equal(await resting.payouts(), await view.payouts())
  const { epoch, halted, chain } = await resting.status()
  assert.equal([epoch, chain], [9, ledger.driver.chain.toString()])
  assert.match(halted!, /not running/)
  await resting.halt().then(
    () => assert.unreachable(),
    error => assert.is(error.code, 'not-running'),
  )
  await resting.close()
})

function open(amount: number): string {
  return (amount / 1_000_000).toFixed(6)
}
