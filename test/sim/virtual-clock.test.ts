import * as assert from 'uvu/assert'
import { suite } from '../harness.ts'
import { VirtualClock } from './virtual-clock.ts'

const test = suite('sim/virtual-clock')

test('events pass in the order of their times, equal ones as they were scheduled', () => {
  const clock = new VirtualClock()
  const seen: string[] = []
  for (const [name, atMs] of Object.entries({ c: 2, a: 1, b: 1, d: 3 })) clock.after(atMs, () => seen.push(name))
  clock.run(2, () => false)
  assert.equal(seen, ['a', 'b', 'c'])
  assert.is(clock.nowMs, 2)
})

test('a run without an end is told of', async () => {
  let isEndless = false
  const clock = new VirtualClock(10, () => {
    isEndless = true
  })
  const again = (): void => clock.after(0, again)
  again()
  await clock.runSettled(1_000, () => isEndless)
  assert.is(clock.passed, 11)
})
