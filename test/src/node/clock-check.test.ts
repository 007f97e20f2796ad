import * as assert from 'uvu/assert'
import type { LedgerError } from '../../../consensus/errors.ts'
import { expectPlausibleClock } from '../../../src/node/clock-check.ts'
import { suite } from '../../harness.ts'

const test = suite('node/clock-check')
const now = Date.UTC(2027, 2, 1)
const second = 1_000

test('a clock at or after the newest epoch is taken, and one up to 10 s before it (T10)', () => {
  for (const head of [now - 365 * 86_400 * second, now, now + 10 * second]) expectPlausibleClock(head, now)
})

test('a clock more than 10 s before the newest epoch is wrong, and so is one that was never set', () => {
  for (const [head, clock, reason] of [
    [now + 11 * second, now, /it says 2027-03-01T00:00:00.000Z, but the newest epoch .* final at 2027-03-01T00:00:11/],
    [0, 0, /it says 1970-01-01.*never set/],
    [now, Date.UTC(1970, 0, 1), /the newest epoch/],
  ] as const) {
    try {
      expectPlausibleClock(head, clock)
    } catch (error) {
      const { code, message, next } = error as LedgerError
      assert.is(code, 'clock')
      assert.match(message, reason)
      assert.match(next!, /set the clock .*the data is intact/)
      continue
    }
    assert.unreachable('it was taken')
  }
})
