import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { addAmounts, divide, ppmWhole, share, splitPpm, supplyMax } from '../../consensus/amount.ts'
import { InvariantError } from '../../consensus/errors.ts'
import { suite } from '../harness.ts'

const test = suite('amount')

const amount = fc.oneof(
  fc.integer({ min: 0, max: 100 }),
  fc.integer({ min: 0, max: supplyMax }),
  fc.integer({ min: 0, max: 50 }).map(exponent => Math.min(2 ** exponent, supplyMax)),
)
const weight = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.integer({ min: 0, max: ppmWhole }),
  fc.integer({ min: 0, max: supplyMax }),
  fc.bigInt({ min: 0n, max: 2n ** 100n }),
)
const weights = fc.array(weight, { minLength: 1, maxLength: 12 }).filter(list => list.some(item => BigInt(item) > 0n))

/** E3, word by word. */
function defined(whole: number, list: readonly (number | bigint)[]): number[] {
  const exact = list.map(BigInt)
  const prefix = (count: number) => exact.slice(0, count).reduce((sum, item) => sum + item, 0n)
  const boundary = (count: number) => (BigInt(whole) * prefix(count)) / prefix(exact.length)
  return exact.map((_, i) => Number(boundary(i + 1) - boundary(i)))
}

test('E3: divide is what its definition says, and conserves', () => {
  fc.assert(
    fc.property(amount, weights, (whole, list) => {
      const parts = divide(whole, list)
      assert.equal(parts, defined(whole, list))
      assert.is(
        parts.reduce((sum, part) => sum + part, 0),
        whole,
      )
      assert.ok(parts.every(part => Number.isSafeInteger(part) && part >= 0))
    }),
    { numRuns: 20_000 },
  )
})

test('E3: where products leave the safe integers, nothing changes', () => {
  const edge = fc.integer({ min: -2_000, max: 2_000 })
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: supplyMax }),
      edge,
      fc.array(fc.nat(1_000), { maxLength: 6 }),
      (whole, by, cuts) => {
        const sum = Math.max(1, Math.floor(Number.MAX_SAFE_INTEGER / whole) + by)
        const list = [...cuts.map(cut => cut % sum), 0]
        const used = list.reduce((total, item) => total + item, 0)
        list.push(Math.max(1, sum - used))
        assert.equal(divide(whole, list), defined(whole, list))
      },
    ),
    { numRuns: 10_000 },
  )
})

test('E3: a part is never further than 1 from its exact share', () => {
  fc.assert(
    fc.property(amount, weights, (whole, list) => {
      const exact = list.map(BigInt)
      const sum = exact.reduce((total, item) => total + item, 0n)
      divide(whole, list).forEach((part, i) => {
        const off = BigInt(part) * sum - BigInt(whole) * exact[i]!
        assert.ok(off < sum && -off < sum)
        if (exact[i] === 0n) assert.is(part, 0)
      })
    }),
    { numRuns: 5_000 },
  )
})

test('E3: the parts of a list don’t depend on how what follows is cut', () => {
  fc.assert(
    fc.property(amount, weights, weights, (whole, head, tail) => {
      const rest = tail.reduce<bigint>((sum, item) => sum + BigInt(item), 0n)
      assert.equal(divide(whole, [...head, ...tail]).slice(0, head.length), divide(whole, [...head, rest]).slice(0, -1))
    }),
    { numRuns: 5_000 },
  )
})

test('E3: splitPpm is divide by two parts', () => {
  fc.assert(
    fc.property(amount, fc.integer({ min: 0, max: ppmWhole }), (whole, ppm) => {
      assert.equal(splitPpm(whole, ppm), divide(whole, [ppm, ppmWhole - ppm]))
      assert.is(splitPpm(whole, ppm)[0], share(whole, BigInt(ppm), BigInt(ppmWhole)))
    }),
    { numRuns: 20_000 },
  )
})

test('E3: weights that sum to nothing are an error that no rule may reach', () => {
  assert.throws(
    () => divide(1, []),
    (error: unknown) => error instanceof InvariantError,
  )
  assert.throws(() => divide(0, [0, 0n]), /E3/)
})

test('E2: a sum beyond the supply is an error', () => {
  assert.is(addAmounts(supplyMax - 1, 1), supplyMax)
  assert.throws(() => addAmounts(supplyMax, 1), /E2/)
})
