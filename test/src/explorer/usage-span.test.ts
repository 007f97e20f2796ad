import * as assert from 'uvu/assert'
import { usageSpan } from '../../../src/explorer/usage-span.ts'
import { suite } from '../../harness.ts'

const test = suite('explorer/usage-span')

test('whatever the range, there is something to draw as soon as an epoch is final', () => {
  for (const range of [60, 600, 6_000]) {
    assert.is(usageSpan(0, range), undefined)
    for (const newest of [1, 9, 10, 99, 100, 101, 5_999, 6_000, 12_345]) {
      const { from, to } = usageSpan(newest, range)!
      assert.ok(1 <= from && from <= to && to <= newest && to - from < range, `${newest} of ${range}: ${from} to ${to}`)
      assert.ok(newest - to < range / 60, `${newest} of ${range}: ${to}`)
    }
  }
})

test('once there are enough, it changes once in a sixtieth of the range', () => {
  const ends = new Set(Array.from({ length: 200 }, (_, i) => usageSpan(1_000 + i, 6_000)!.to))
  assert.equal(ends, new Set([1_000, 1_100]))
})
