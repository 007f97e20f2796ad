import * as assert from 'uvu/assert'
import { liveLines } from '../../../src/cli/light-report.ts'
import type { EarnedEpoch, Earnings } from '../../../src/light/earnings.ts'
import { suite } from '../../harness.ts'

const test = suite('cli/light-report')

const earned = (epoch: number, amount: number, creditAfter: number): EarnedEpoch =>
  ({
    epoch,
    payout: { account: '', amount, creditAfter, lines: ['origin', 'origin', 'owner'].map(role => ({ role })) },
  }) as unknown as EarnedEpoch

const since = (shownFrom: number | undefined) =>
  liveLines(
    {
      epochs: [earned(9, 30_000, 150_000), earned(8, 20_000, 120_000)],
      before: 100_000,
      shownFrom,
    } as unknown as Earnings,
    3,
  )

test('who reads along is told of each epoch with pay, the oldest first', () => {
  assert.equal(since(undefined), [
    'epoch 8: 0.02 OPEN as origin, owner; credit 0.12',
    'epoch 9: 0.03 OPEN as origin, owner; credit 0.15',
  ])
})

test('epochs that no peer shows any more are not taken for epochs without pay', () => {
  assert.is(since(7)[0], 'epochs 3 to 6: no peer shows them; credit 0.1 before epoch 7')
  assert.is(since(7).length, 3)
})
