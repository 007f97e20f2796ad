import * as assert from 'uvu/assert'
import { ForwardLimit } from '../../../src/node/forward-limit.ts'
import { suite } from '../../harness.ts'

const test = suite('node/forward-limit')

test('T8: the same message passes once a second, others beside it', () => {
  let now = 0
  const limit = new ForwardLimit(() => now)
  assert.ok(limit.mayForward('a'))
  assert.not(limit.mayForward('a'))
  assert.ok(limit.mayForward('b'))
  now = 999
  assert.not(limit.mayForward('a'))
  now = 1_000
  assert.ok(limit.mayForward('a'))
  assert.not(limit.mayForward('a'))
})

test('what was passed on longest ago is forgotten first', () => {
  const limit = new ForwardLimit(() => 0)
  for (let i = 0; i < 20_000; i++) assert.ok(limit.mayForward(`${i}`))
  assert.not(limit.mayForward('19999'))
  assert.not(limit.mayForward('10000'))
  assert.ok(limit.mayForward('0'))
})

test('T8: a signer has a share of each second, whatever others sign', () => {
  let now = 5_000
  const limit = new ForwardLimit(() => now)
  const passed = (signer: number) =>
    Array.from({ length: 100 }, () => limit.maySignerPass(signer)).filter(Boolean).length
  assert.equal([passed(1), passed(2), passed(1)], [64, 64, 0])
  now = 6_000
  assert.is(passed(1), 64)
})

test('a clock that is set back holds no message up', () => {
  let now = 3_600_000
  const limit = new ForwardLimit(() => now)
  assert.ok(limit.mayForward('a'))
  for (let i = 0; i < 64; i++) assert.ok(limit.maySignerPass(1))
  assert.not(limit.maySignerPass(1))
  now = 0
  assert.not(limit.isRecent('a'))
  assert.ok(limit.mayForward('a'))
  assert.ok(limit.maySignerPass(1))
  assert.not(limit.mayForward('a'), 'from then on as ever')
})
