import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { supplyMax } from '../../consensus/amount.ts'
import { openText, parseOpen } from '../../src/decimal.ts'
import { suite } from '../harness.ts'

const test = suite('decimal')

test('every amount comes back from its text, which has no exponent and no trailing zero', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: supplyMax }), amount => {
      const text = openText(amount)
      assert.match(text, /^(0|[1-9]\d*)(\.\d{0,5}[1-9])?$/)
      assert.is(parseOpen(text), amount)
    }),
    { numRuns: 2000 },
  )
})

test('the smallest, the largest, the usual', () => {
  assert.is(openText(1), '0.000001')
  assert.is(openText(supplyMax), '1000000000')
  assert.is(openText(1_012), '0.001012')
  assert.is(openText(-2_500_000), '-2.5')
  assert.is(parseOpen('0.001100'), 1_100)
  assert.is(parseOpen('1000000000'), supplyMax)
})

test('what is no exact amount is refused', () => {
  const wrong = [
    '',
    '-1',
    '+1',
    '01',
    '1.',
    '.5',
    '1e3',
    '1,5',
    '0.0000001',
    '1000000000.000001',
    '99999999999',
    ' 1',
    5,
    null,
  ]
  for (const text of wrong) assert.throws(() => parseOpen(text, 'fee'), /^fee: expected /, String(text))
})
