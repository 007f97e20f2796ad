import * as assert from 'uvu/assert'
import { Pace } from '../../../src/api/pace.ts'
import { suite } from '../../harness.ts'

const test = suite('api pace')

test('one answer begins in each turn of the event loop, the operator’s before others', async () => {
  const pace = new Pace()
  const began: string[] = []
  let turn = 0
  const count = () => {
    turn++
    if (began.length < 5) setImmediate(count)
  }
  setImmediate(count)
  const all = ['a', 'b', 'c'].map(name => pace.turn(false).then(() => began.push(`${name}${turn}`)))
  all.push(...['x', 'y'].map(name => pace.turn(true).then(() => began.push(`${name}${turn}`))))
  await Promise.all(all)
  assert.equal(began, ['x1', 'y2', 'a3', 'b4', 'c5'])
})

test('who comes later is served too', async () => {
  const pace = new Pace()
  await pace.turn(false)
  await pace.turn(true)
})
