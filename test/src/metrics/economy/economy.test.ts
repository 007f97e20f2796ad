import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import { Economy, type EconomyFigures } from '../../../../src/metrics/economy/economy.ts'
import type { EpochUsage } from '../../../../src/metrics/economy/epoch-usage.ts'
import { suite } from '../../../harness.ts'

const test = suite('metrics/economy/economy')
const dayMs = 86_400_000
const account = (i: number) => String.fromCharCode(i).repeat(32)

/** An epoch of a few accounts, some hours to weeks after the one before. */
const epochs: fc.Arbitrary<EpochUsage[]> = fc
  .array(
    fc.record({
      pauseMs: fc.oneof(
        fc.integer({ min: 1, max: dayMs }),
        fc.integer({ min: 1, max: 3 * dayMs }),
        fc.integer({ min: 6 * dayMs, max: 40 * dayMs }),
      ),
      fees: fc.array(fc.tuple(fc.nat(4), fc.nat(4), fc.integer({ min: 1, max: 1000 })), { maxLength: 5 }),
      transfers: fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { maxLength: 2 }),
      payouts: fc.array(fc.tuple(fc.nat(6), fc.integer({ min: 1, max: 1000 })), { maxLength: 5 }),
      inferences: fc.nat(9),
      actions: fc.nat(9),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map(drawn => {
    let time = 20_000 * dayMs
    return drawn.map(({ pauseMs, fees, transfers, payouts, inferences, actions }, i) => {
      time += pauseMs
      return {
        epoch: i + 1,
        time,
        usage: { inferences, actions, payers: i, payees: 0, paid: 0 },
        totals: { fees: sum(fees.map(fee => fee[2])), paid: i, waiting: i, accrued: 0, treasury: 0 },
        fees: fees.map(([payer, payee, amount]) => ({ payer: account(payer), payee: account(payee), fees: amount })),
        transfers: transfers.map(([from, to]) => [account(from), account(to)] as const),
        payouts: payouts.map(([who, amount]) => [account(who), amount] as const),
      }
    })
  })

const sum = (amounts: readonly number[]) => amounts.reduce((a, b) => a + b, 0)
const dayOf = ({ time }: EpochUsage) => Math.floor(time / dayMs)

/** Everything from the whole history, by the words of the documentation. */
function naive(history: readonly EpochUsage[]): Partial<EconomyFigures> {
  const last = history.at(-1)!
  const week = history.filter(epoch => dayOf(epoch) > dayOf(last) - 7)
  const daysPaid = new Map<string, Set<number>>()
  for (const epoch of week) {
    for (const { payer } of epoch.fees) daysPaid.set(payer, (daysPaid.get(payer) ?? new Set()).add(dayOf(epoch)))
  }
  const earned = new Map<string, number>()
  for (const { payouts } of week) for (const [who, amount] of payouts) earned.set(who, (earned.get(who) ?? 0) + amount)
  const amounts = [...earned.values()]
  let differences = 0
  for (const a of amounts) for (const b of amounts) differences += Math.abs(a - b)
  const fees = sum(week.flatMap(epoch => epoch.fees.map(fee => fee.fees)))
  return {
    epoch: last.epoch,
    since: 1,
    usage: last.usage,
    totals: last.totals,
    sums: {
      inferences: sum(history.map(({ usage }) => usage.inferences)),
      actions: sum(history.map(({ usage }) => usage.actions)),
      fees: sum(history.map(({ totals }) => totals.fees)),
      paid: sum(history.map(({ totals }) => totals.paid)),
    },
    payers: daysPaid.size,
    recurringPayers: [...daysPaid.values()].filter(days => days.size >= 2).length,
    fundedShare: fees === 0 ? 0 : fundedFees(history, dayOf(last)) / fees,
    earners: earned.size,
    gini: amounts.length === 0 ? 0 : differences / (2 * amounts.length * sum(amounts)),
    isPartial: false,
  }
}

/** Each fee of the last week whose payer had OPEN from its payee, with no pause of 30 days in between. */
function fundedFees(history: readonly EpochUsage[], today: number): number {
  let funded = 0
  const lastContact = new Map<string, number>()
  for (const epoch of history) {
    const day = dayOf(epoch)
    for (const [from, to] of epoch.transfers) lastContact.set(`${to}${from}`, day)
    for (const { payer, payee, fees } of epoch.fees) {
      const contact = lastContact.get(payer + payee)
      const isFunded = contact !== undefined && day - contact < 30
      if (isFunded) lastContact.set(payer + payee, day)
      if ((isFunded || payer === payee) && day > today - 7) funded += fees
    }
  }
  return funded
}

function expectEqual(got: EconomyFigures, expected: Partial<EconomyFigures>): void {
  const { gini, fundedShare, ...exact } = got
  const { gini: expectedGini, fundedShare: expectedShare, ...rest } = expected
  assert.equal(exact, rest)
  assert.ok(Math.abs(gini - expectedGini!) < 1e-9, `gini ${gini}, expected ${expectedGini}`)
  assert.ok(Math.abs(fundedShare - expectedShare!) < 1e-9, `funded share ${fundedShare}, expected ${expectedShare}`)
}

test('after every epoch the figures are what the whole history gives', () => {
  fc.assert(
    fc.property(epochs, history => {
      const economy = new Economy()
      for (const [i, epoch] of history.entries()) {
        economy.add(epoch)
        expectEqual(economy.figures(), naive(history.slice(0, i + 1)))
      }
    }),
    { numRuns: 200 },
  )
})

test('what is kept and taken up again goes on as if nothing had been', () => {
  fc.assert(
    fc.property(epochs, fc.nat(40), (history, at) => {
      let economy = new Economy()
      for (const [i, epoch] of history.entries()) {
        if (i === at) economy = Economy.restore(economy.state())
        economy.add(epoch)
      }
      expectEqual(economy.figures(), naive(history))
    }),
  )
})

test('before the first epoch everything is nothing', () => {
  const { epoch, payers, gini, fundedShare } = new Economy().figures()
  assert.equal({ epoch, payers, gini, fundedShare }, { epoch: 0, payers: 0, gini: 0, fundedShare: 0 })
})
