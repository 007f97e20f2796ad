import * as assert from 'uvu/assert'
import { Earned, Funding, Payers } from '../../../../src/metrics/economy/day-windows.ts'
import { suite } from '../../../harness.ts'

const test = suite('metrics/economy/day-windows')

test('what a window left out makes it partial as long as it would have been in it, and no longer', () => {
  const [payers, earned, funding] = [new Payers(7, 1), new Earned(7, 1), new Funding(7, 1)]
  for (const account of ['ana', 'ben']) {
    payers.paid(account)
    earned.add(account, 1)
    funding.fund(account, 'eve', 10)
  }
  const partial = () => [payers, earned, funding].map(({ isPartial }) => isPartial)
  const turn = (today: number, days: number) => {
    payers.turn(days)
    earned.turn(days)
    funding.turn(today, days)
  }
  turn(16, 6)
  assert.equal(partial(), [true, true, true])
  turn(17, 1)
  assert.equal(partial(), [false, false, false])
})

test('a restart does not make a partial window whole', () => {
  const payers = new Payers(7)
  payers.restore([], true)
  payers.turn(6)
  assert.ok(payers.isPartial)
  payers.turn(1)
  assert.not(payers.isPartial)
})
