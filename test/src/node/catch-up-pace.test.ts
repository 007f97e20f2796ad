import * as assert from 'uvu/assert'
import { CatchUpPace } from '../../../src/node/catch-up-pace.ts'
import { suite } from '../../harness.ts'

const test = suite('node/catch-up-pace')

test('what is left is reckoned from the epochs so far; before a second has passed nothing tells', () => {
  const pace = new CatchUpPace()
  assert.is(pace.secondsLeft(100, 0), null)
  pace.begin(0, 0)
  pace.reached(5, 500)
  assert.is(pace.secondsLeft(100, 500), null)
  pace.reached(20, 2_000)
  assert.is(pace.secondsLeft(100, 2_000), 8)
  assert.is(pace.secondsLeft(20, 2_000), null)
})

test('while nothing comes the estimate grows', () => {
  const pace = new CatchUpPace()
  pace.begin(0, 0)
  pace.reached(10, 1_000)
  assert.is(pace.secondsLeft(20, 1_000), 1)
  assert.is(pace.secondsLeft(20, 10_000), 10)
})

test('only the last half a minute counts, but for epochs that take longer', () => {
  const pace = new CatchUpPace()
  pace.begin(0, 0)
  for (let second = 1; second <= 60; second++) pace.reached(100 * second, 1_000 * second)
  for (let second = 61; second <= 120; second++) pace.reached(6_000 + second - 60, 1_000 * second)
  assert.is(pace.secondsLeft(6_160, 120_000), 100)
  const slow = new CatchUpPace()
  slow.begin(0, 0)
  slow.reached(1, 40_000)
  slow.reached(2, 80_000)
  assert.is(slow.secondsLeft(4, 80_000), 80)
})

test('a second catch-up, long after the first, begins anew', () => {
  const pace = new CatchUpPace()
  pace.begin(0, 0)
  pace.reached(10, 10_000)
  pace.begin(12, 3_600_000)
  assert.is(pace.secondsLeft(20, 3_602_000), null)
  pace.reached(14, 3_602_000)
  assert.is(pace.secondsLeft(20, 3_602_000), 6)
})
