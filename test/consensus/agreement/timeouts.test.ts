import * as assert from 'uvu/assert'
import { timeoutMs } from '../../../consensus/agreement/timeouts.ts'
import { suite } from '../../harness.ts'

const test = suite('agreement/timeouts')
const timeouts = { propose: 300, prevote: 100, precommit: 200, growth: 50, cap: 1_000 }

test('T8: timeouts grow linearly with the round', () => {
  assert.equal(
    [0, 1, 2, 3].map(round => timeoutMs(timeouts, 'propose', round)),
    [300, 350, 400, 450],
  )
  assert.is(timeoutMs(timeouts, 'prevote', 4), 300)
  assert.is(timeoutMs(timeouts, 'precommit', 4), 400)
})

test('T8: and are capped, whatever the round', () => {
  assert.is(timeoutMs(timeouts, 'propose', 14), 1_000)
  assert.is(timeoutMs(timeouts, 'propose', 0x7fff_ffff), 1_000)
})
