import * as assert from 'uvu/assert'
import { decodeDurable, encodeDurable, restore } from '../../../consensus/agreement/durable.ts'
import { currentMessages, neededValues } from '../../../consensus/agreement/gossip.ts'
import { Cid } from '../../../consensus/cid.ts'
import { MalformedError } from '../../../consensus/errors.ts'
import { suite } from '../../harness.ts'
import { certificate, Driver, nameOf, proposer } from './driver.ts'

const test = suite('agreement/durable')

function restored(node: Driver): Driver {
  const after = new Driver(node.options.self)
  after.state = restore(node.options, decodeDurable(encodeDurable(node.state)))
  return after
}

function lockedOnA(): Driver {
  const node = new Driver().start().proposed(0, 'A')
  return node.prevotes(node.others.slice(0, 2), 0, 'A')
}

test('T7: round, step, lock, valid value, own messages and verdicts survive', () => {
  const node = lockedOnA()
  const { state } = restored(node)
  for (const part of ['round', 'step', 'locked', 'valid', 'own'] as const) assert.equal(state[part], node.state[part])
  assert.equal([...state.verdicts.lasting], [...node.state.verdicts.lasting])
  assert.equal([...state.verdicts.fresh], [...node.state.verdicts.fresh])
})

test('the encoding is canonical: restoring and encoding again gives the same bytes', () => {
  for (const node of [new Driver(), new Driver().start(), lockedOnA(), new Driver(proposer(0)).start()]) {
    const bytes = encodeDurable(node.state)
    assert.equal(encodeDurable(restore(node.options, decodeDurable(bytes))), bytes)
  }
})

test('T8: the polka of the valid value survives: nobody else may have it', () => {
  const node = lockedOnA()
  const after = restored(node)
  assert.equal(currentMessages(after.state).certificates, currentMessages(node.state).certificates)
  assert.equal(currentMessages(after.state).certificates, [
    certificate(
      'prevote',
      [0, 1, 2, 3].filter(i => i !== node.others[2]),
      0,
      'A',
    ),
  ])
})

test('a lock holds after a restart (L22, L28)', () => {
  const after = restored(lockedOnA()).start()
  after.precommits(after.others, 0, null).timeout('precommit', 0).proposal(1, 'B')
  assert.is(after.said.at(-1), 'prevote 1 nil')
})

test('start after a restart signs again what may not have left, and sets the timer of its step', () => {
  const node = new Driver(proposer(0)).start().feed({ type: 'built', round: 0, value: nameOf('A') })
  const after = restored(node).start()
  assert.equal(after.said, ['proposal 0 A', 'prevote 0 A'])
  assert.equal(after.all('build'), [])
  const waiting = restored(new Driver().start()).start()
  assert.equal(waiting.all('timer'), [{ type: 'timer', step: 'propose', round: 0, afterMs: 3_000 }])
})

test('a proposer that crashed while building builds again', () => {
  assert.is(
    restored(new Driver(proposer(0)).start())
      .start()
      .all('build').length,
    1,
  )
})

test('T7: the bytes of a value found valid stay needed after a crash took its proposal: a polka still locks it', () => {
  const after = restored(new Driver().start().proposed(0, 'A')).start()
  assert.equal(neededValues(after.state), [nameOf('A')])
  after.prevotes(after.others, 0, 'A')
  assert.is(after.locked, 'A 0')
})

test('a decided node decides again from the votes', () => {
  const node = lockedOnA()
  const after = restored(node.precommits(node.others, 0, 'A')).start()
  assert.is(after.at, 'precommit 0')
  assert.is(after.precommits(after.others, 0, 'A').all('decide').length, 1)
})

test('another chain or epoch is refused, and so is anything malformed', () => {
  const durable = decodeDurable(encodeDurable(lockedOnA().state))
  const { options } = new Driver()
  assert.throws(
    () => restore({ ...options, epoch: 2 }, durable),
    (error: Error) => error instanceof MalformedError,
  )
  const other = Cid.fromDigest(new Uint8Array(32))
  assert.throws(
    () => restore({ ...options, chain: other }, durable),
    (error: Error) => error instanceof MalformedError,
  )
  const bytes = encodeDurable(lockedOnA().state)
  for (let end = 0; end < bytes.length; end++) assert.throws(() => decodeDurable(bytes.subarray(0, end)))
})
