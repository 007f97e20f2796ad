import * as assert from 'uvu/assert'
import { barsOf, margin, type Point } from '../../../src/explorer/parts/bars.ts'
import { suite } from '../../harness.ts'

const test = suite('explorer/bars')

const width = 600
const height = 150
const bottom = height - margin.bottom
const point = (epoch: number, value: number): Point => ({ epoch, from: epoch, value })

test('the highest fills the room, the others are in proportion, and none leaves it', () => {
  const { bars } = barsOf([point(1, 50), point(2, 200), point(3, 0)], width, height)
  assert.equal(
    bars.map(bar => Math.round(bar.height)),
    [0.25, 1, 0].map(part => Math.round(part * (bottom - margin.top))),
  )
  for (const bar of bars) {
    assert.ok(bar.x >= margin.left && bar.x + bar.width <= width - margin.right)
    assert.ok(bar.y >= margin.top && Math.abs(bar.y + bar.height - bottom) < 1e-9)
  }
})

test('epochs without a point leave a gap', () => {
  const { bars } = barsOf([point(10, 1), point(11, 1), point(20, 1)], width, height)
  const steps = [bars[1]!.x - bars[0]!.x, bars[2]!.x - bars[1]!.x]
  assert.ok(Math.abs(steps[1]! / steps[0]! - 9) < 1e-9)
})

test('marks are round, few, and in the room; values have the ground among them', () => {
  for (const most of [1, 7, 135, 385_766, 5_000_000_000]) {
    const points = Array.from({ length: 60 }, (_, i) => point(1_000 + i, i === 30 ? most : 0))
    const { epochMarks, valueMarks } = barsOf(points, width, height)
    assert.is(valueMarks[0]!.value, 0)
    for (const marks of [epochMarks, valueMarks]) {
      assert.ok(marks.length >= 2 && marks.length <= 10, `${most}: ${marks.length}`)
      for (const { value } of marks) assert.ok(Number.isInteger(value))
    }
    for (const { at } of valueMarks) assert.ok(at >= margin.top && at <= bottom)
  }
})

test('one point, none, and nothing but zeros are drawn as well', () => {
  for (const points of [[], [point(5, 0)], [point(5, 3)], [point(1, 0), point(2, 0)]]) {
    const { bars, valueMarks } = barsOf(points, width, height)
    assert.is(bars.length, points.length)
    for (const { x, y, width: wide, height: high } of bars) assert.ok([x, y, wide, high].every(Number.isFinite))
    for (const { at } of valueMarks) assert.ok(Number.isFinite(at))
  }
})

test('the pointer is on the nearest point', () => {
  const points = [point(1, 1), point(2, 1), point(9, 1)]
  const { bars, nearest } = barsOf(points, width, height)
  bars.forEach((bar, i) => {
    assert.is(nearest(bar.x + bar.width / 2), i)
  })
  assert.equal([nearest(0), nearest(width)], [0, 2])
})
