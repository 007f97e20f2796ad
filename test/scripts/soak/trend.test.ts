import * as assert from 'uvu/assert'
import { isLevel, secondHalf, trendOf } from '../../../scripts/soak/trend.ts'
import { suite } from '../../harness.ts'

const test = suite('scripts/soak/trend')

const line = (count: number, value: (second: number) => number) =>
  Array.from({ length: count }, (_, i) => ({ seconds: 10 * i, value: value(10 * i) }))

test('the trend of a straight line is that line', () => {
  assert.equal(trendOf(line(7, second => 100 + second / 2)), { mean: 115, growth: 30, perHour: 1_800 })
  assert.equal(trendOf(line(7, () => 5)), { mean: 5, growth: 0, perHour: 0 })
})

test('what goes up and down around a level has next to no trend', () => {
  const { growth } = trendOf(line(61, second => 200 + ((second / 10) % 2 === 0 ? 8 : -8)))
  assert.ok(Math.abs(growth) < 0.01, `${growth}`)
})

test('a spike is no growth, wherever it is, and hides none', () => {
  for (const at of [0, 300, 550]) {
    const spike = (second: number) => (second >= at && second < at + 50 ? 60 : 0)
    const { growth } = trendOf(line(61, second => 200 + ((second / 10) % 3) + spike(second)))
    assert.ok(Math.abs(growth) < 1, `${growth} at ${at}`)
    const leak = trendOf(line(61, second => 200 + second / 20 + spike(second)))
    assert.ok(Math.abs(leak.growth - 30) < 3, `${leak.growth} at ${at}`)
  }
})

test('a soak of days has a trend and a second half, however many samples that are', () => {
  const days = line(400_000, second => 200 + second / 1_000 + ((second / 10) % 7))
  const { growth, perHour } = trendOf(days)
  assert.ok(Math.abs(growth - 3_999.99) < 10, `${growth}`)
  assert.ok(Math.abs(perHour - 3.6) < 0.01, `${perHour}`)
  assert.is(secondHalf(days).length, 200_000)
})

test('a trend of one moment is refused', () => {
  assert.throws(() => trendOf([{ seconds: 1, value: 1 }]), /two samples of different times/)
})

test('the second half begins in the middle of the time', () => {
  assert.equal(
    secondHalf(line(7, () => 0)).map(({ seconds }) => seconds),
    [30, 40, 50, 60],
  )
})

test('level is what falls, and what rises by no more than the share of its mean or the least that is tolerated', () => {
  const tolerance = { share: 0.05, atLeast: 3 }
  const trend = (mean: number, growth: number) => isLevel({ mean, growth, perHour: 0 }, tolerance)
  assert.equal([trend(100, -50), trend(100, 5), trend(100, 5.1)], [true, true, false])
  assert.equal([trend(10, 3), trend(10, 3.1)], [true, false])
})
