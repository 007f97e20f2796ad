import * as assert from 'uvu/assert'
import { banMs, penaltyHalfLifeMs, penaltyPeersMax } from '../../network/limits.ts'
import { Penalties } from '../../network/penalty.ts'
import { suite } from '../harness.ts'

const test = suite('network/penalty')

function clocked() {
  const clock = { ms: 0 }
  return { clock, penalties: new Penalties(() => clock.ms) }
}

test('the third major offence brings a ban, once, and it ends', () => {
  const { clock, penalties } = clocked()
  assert.equal([penalties.add('a', 'major'), penalties.add('a', 'major')], [false, false])
  assert.not.ok(penalties.isBanned('a'))
  assert.ok(penalties.add('a', 'major'))
  assert.ok(penalties.isBanned('a'))
  assert.not.ok(penalties.add('a', 'major'), 'already banned')
  assert.not.ok(penalties.isBanned('b'))
  clock.ms = banMs
  assert.not.ok(penalties.isBanned('a'))
})

test('a fatal offence brings one at once', () => {
  const { penalties } = clocked()
  assert.ok(penalties.add('a', 'fatal'))
})

test('points fade: small offences far apart never add up', () => {
  const { clock, penalties } = clocked()
  for (let i = 0; i < 100; i++) {
    clock.ms += penaltyHalfLifeMs
    assert.not.ok(penalties.add('a', 'major'))
  }
  assert.ok(penalties.points('a') < 71)
})

test('new identities push out the least guilty, never the worst', () => {
  const { penalties } = clocked()
  penalties.add('worst', 'fatal')
  for (let i = 0; i < penaltyPeersMax + 10; i++) penalties.add(`sybil ${i}`, 'minor')
  assert.ok(penalties.isBanned('worst'))
})
