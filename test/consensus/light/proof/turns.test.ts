import * as assert from 'uvu/assert'
import { Turns } from '../../../../consensus/light/proof/turns.ts'
import { suite } from '../../../harness.ts'

const test = suite('light/proof/turns')

test('never more at once than allowed, in the order in which they came; a failure frees its turn', async () => {
  const turns = new Turns(2)
  const done: number[] = []
  let inHand = 0
  const work = (i: number) =>
    turns.take(async () => {
      assert.ok(++inHand <= 2)
      await undefined
      inHand--
      if (i === 1) throw new Error('one that fails')
      done.push(i)
    })
  const ended = await Promise.allSettled([0, 1, 2, 3, 4].map(work))
  assert.equal(done, [0, 2, 3, 4])
  assert.equal(
    ended.map(({ status }) => status === 'rejected'),
    [false, true, false, false, false],
  )
})
