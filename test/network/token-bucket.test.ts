import * as assert from 'uvu/assert'
import { TokenBucket } from '../../network/token-bucket.ts'
import { suite } from '../harness.ts'

const test = suite('network/token-bucket')

test('a burst is fine, then the rate holds', () => {
  const bucket = new TokenBucket(2, 3, 0)
  assert.equal(
    [0, 0, 0, 0].map(nowMs => bucket.take(nowMs)),
    ['fine', 'fine', 'fine', 'busy'],
  )
  assert.is(bucket.take(1000), 'fine', 'two tokens came, one paid the debt')
  assert.is(bucket.take(1000), 'busy')
})

test('who goes on while refused floods after a whole burst of debt, and is forgiven with time', () => {
  const bucket = new TokenBucket(1, 5, 0)
  const answers = Array.from({ length: 12 }, () => bucket.take(0))
  assert.equal(answers.slice(0, 5), Array(5).fill('fine'))
  assert.equal(answers.slice(5, 10), Array(5).fill('busy'))
  assert.equal(answers.slice(10), ['flood', 'flood'])
  assert.not.ok(bucket.isFull(9_000))
  assert.ok(bucket.isFull(10_000))
})

test('a clock that jumps back gives and takes nothing', () => {
  const bucket = new TokenBucket(1, 1, 1000)
  assert.is(bucket.take(1000), 'fine')
  assert.is(bucket.take(0), 'busy')
})
