import * as assert from 'uvu/assert'
import { Turns } from '../../network/turns.ts'
import { suite } from '../harness.ts'

const test = suite('network/turns')
const never = new AbortController().signal

test('lets so many through at once, the others in order', async () => {
  const turns = new Turns(2)
  const order: number[] = []
  await turns.take(never)
  await turns.take(never)
  const third = turns.take(never).then(() => order.push(3))
  const fourth = turns.take(never).then(() => order.push(4))
  await Promise.resolve()
  assert.equal(order, [])
  turns.done()
  await third
  assert.equal(order, [3])
  turns.done()
  await fourth
  assert.equal(order, [3, 4])
  turns.done()
  turns.done()
  assert.ok(turns.isIdle)
})

test('who gives up waiting loses no turn of others', async () => {
  const turns = new Turns(1)
  await turns.take(never)
  const impatient = new AbortController()
  const given = turns.take(impatient.signal).then(
    () => 'turn',
    error => error.message,
  )
  const patient = turns.take(never)
  impatient.abort(new Error('enough'))
  assert.is(await given, 'enough')
  turns.done()
  await patient
  turns.done()
  assert.ok(turns.isIdle)
})
