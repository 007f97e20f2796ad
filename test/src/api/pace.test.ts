import * as assert from 'uvu/assert'
import { Pace } from '../../../src/api/pace.ts'
import { suite } from '../../harness.ts'

const test = suite('api pace')

test('answers begin one at a time, in turns of the event loop of their own, the operator’s before others', async () => {
  const pace = new Pace()
  const began: string[] = []
  const turns: number[] = []
  let turn = 0
  const count = () => {
    turn++
    if (began.length < 5) setImmediate(count)
  }
  setImmediate(count)
  const begin = (name: string) => () => {
    began.push(name)
    turns.push(turn)
  }
  const all = ['a', 'b', 'c'].map(name => pace.turn(false).then(begin(name)))
  all.push(...['x', 'y'].map(name => pace.turn(true).then(begin(name))))
  await Promise.all(all)
  assert.equal(began, ['x', 'y', 'a', 'b', 'c'])
  assert.is(new Set(turns).size, 5)
})

test('who comes later is served too', async () => {
  const pace = new Pace()
  await pace.turn(false)
  await pace.turn(true)
  await new Promise(resolve => setImmediate(resolve))
  await pace.turn(false)
})
