import * as assert from 'uvu/assert'
import type { AgreementState } from '../../../consensus/agreement/state.ts'
import { messagesToResend } from '../../../src/node/resending.ts'
import { Driver } from '../../consensus/agreement/driver.ts'
import { suite } from '../../harness.ts'

const test = suite('node/resending')
const count = 100
const turns = 13

/** A node of a set that has seen a round end in nil. */
function stateOf(self: number | 'observer'): AgreementState {
  const node = new Driver(self, new Array(count).fill(1)).start().timeout('propose', 0)
  const others = Array.from({ length: count }, (_, i) => i).filter(i => i !== self)
  node.prevotes(others, 0, null).precommits(others, 0, null).timeout('precommit', 0)
  return node.state
}

const kindsAt = (state: AgreementState, attempt: number): string[] =>
  messagesToResend(state, attempt).map(({ kind }) => kind)

test('T8: own votes go out each time, a certificate in turn, each validator’s once in so many', () => {
  const state = stateOf(5)
  const told = Array.from({ length: 3 * turns }, (_, attempt) => kindsAt(state, attempt))
  assert.ok(told.every(kinds => kinds.includes('vote')))
  assert.is(told.filter(kinds => kinds.includes('certificate')).length, 3)
})

test('T8: each time a few of a large set tell, all of a small one, and nobody who has no vote', () => {
  const states = Array.from({ length: count }, (_, self) => stateOf(self))
  const tellers = states.filter(state => kindsAt(state, 7).includes('certificate')).length
  assert.ok(tellers >= 7 && tellers <= 8, `${tellers} tell`)
  assert.not.ok(kindsAt(stateOf('observer'), 0).includes('certificate'))
  const small = new Driver().start()
  small.prevotes(small.others, 0, null).precommits(small.others, 0, null).timeout('precommit', 0)
  for (const attempt of [0, 1, 2]) assert.ok(kindsAt(small.state, attempt).includes('certificate'))
})
