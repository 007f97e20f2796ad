import * as assert from 'uvu/assert'
import { Pace } from '../../../src/api/pace.ts'
import { suite } from '../../harness.ts'

const test = suite('api pace')

test('answers begin one at a time, in turns of the event loop of their own, every other one for the operator', async () => {
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
  assert.equal(began, ['x', 'a', 'y', 'b', 'c'])
  assert.is(new Set(turns).size, 5)
})

test('who comes later is served too', async () => {
  const pace = new Pace()
  await pace.turn(false)
  await pace.turn(true)
  await new Promise(resolve => setImmediate(resolve))
  await pace.turn(false)
})

test('a stream is passed on whole, and lets others in between when it works for long', async () => {
  const pace = new Pace()
  const order: string[] = []
  async function* pieces() {
    for (let i = 0; i < 3; i++) {
      for (const endMs = performance.now() + 6; performance.now() < endMs; );
      order.push(`made ${i}`)
      yield i
    }
  }
  const other = () => pace.turn(false).then(() => order.push('other'))
  const got: number[] = []
  const others: Promise<number>[] = []
  for await (const piece of pace.stream(pieces(), false)) {
    got.push(piece)
    others.push(other())
  }
  await Promise.all(others)
  assert.equal(got, [0, 1, 2])
  assert.equal(order.slice(0, 4), ['made 0', 'other', 'made 1', 'other'])
})
