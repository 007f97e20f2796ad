import * as assert from 'uvu/assert'
import { decodeDurable, encodeDurable, restore } from '../../../consensus/agreement/durable.ts'
import { futureRoundsMax } from '../../../consensus/agreement/vote-keeper.ts'
import { suite } from '../../harness.ts'
import { certificate, Driver, nameOf, proposer } from './driver.ts'

/** Mistakes that implementations of this algorithm have made. */
const test = suite('agreement/traps')

function inRoundOne(): Driver {
  const node = new Driver().start()
  return node.precommits(node.others, 0, null).timeout('precommit', 0)
}

function crashed(node: Driver): Driver {
  const after = new Driver(node.options.self)
  after.state = restore(node.options, decodeDurable(encodeDurable(node.state)))
  return after
}

test('a re-proposal whose polka is missing leaves the propose timer in force (L57)', () => {
  const node = inRoundOne().proposed(1, 'B', 0)
  assert.equal(node.said, [])
  assert.equal(node.timeout('propose', 1).said, ['prevote 1 nil'])
})

test('validity is asked once, also if the proposal comes again, in another round, and after a restart', () => {
  const node = new Driver().start().proposal(0, 'A').proposal(0, 'A')
  assert.is(node.checks('A').length, 1)
  node.judge('A').prevotes(node.others, 0, 'A').precommits(node.others, 0, null).timeout('precommit', 0)
  node.proposal(1, 'A', 0)
  assert.is(node.checks('A').length, 1)
  const after = crashed(node).proposal(0, 'A').proposal(1, 'A', 0).start()
  after.prevotes(after.others, 0, 'A').prevotes(after.others, 1, 'A', 0)
  assert.equal(after.checks('A'), [])
  assert.is(after.locked, 'A 1')
})

test('a verdict that nobody asked for, or a second one, changes nothing', () => {
  const { id, content } = nameOf('A')
  const node = new Driver().start()
  node.feed({ type: 'verdict', id, content, round: 0, fresh: true, valid: true }).proposal(0, 'A')
  assert.equal(node.said, [])
  node.judge('A', false).judge('A', true)
  assert.equal(node.said, ['prevote 0 nil'])
})

test('of an equivocating proposer every value is kept, so that whichever gets the polka can be locked', () => {
  const node = new Driver().start().proposed(0, 'A').proposal(0, 'B').proposal(0, 'C')
  node.prevotes(node.others, 0, 'C').judge('C')
  assert.equal(node.said, ['prevote 0 A', 'precommit 0 C'])
})

test('an equivocating proposer fills no memory, and what it hid is taken once a quorum wants it', () => {
  const node = new Driver().start()
  for (const letter of 'ABCDEFGH') node.proposal(0, letter)
  assert.is(node.state.proposals.rounds.get(0)?.length, 4)
  node.precommits(node.others, 0, 'H')
  assert.equal(
    node.all('want').map(({ id }) => id),
    [nameOf('H').id],
  )
  assert.is(node.proposal(0, 'H').judge('H').all('decide').length, 1)
})

test('a checkpoint signed with a wrong cut does not spoil the checkpoint', () => {
  const node = new Driver().start().proposed(0, 'Ax', -1, false)
  assert.equal(node.said, ['prevote 0 nil'])
  node.precommits(node.others, 0, 'A')
  assert.is(node.all('decide').length, 0)
  node.judge('Ax', false)
  assert.is(node.all('want').length, 1)
  assert.is(node.all('diverged').length, 1)
  node.proposal(0, 'A').judge('A')
  assert.is(node.all('decide').length, 1)
})

test('T4: a commit of what was found invalid is reported, not applied', () => {
  const node = new Driver().start().proposed(0, 'A', -1, false)
  node.precommits(node.others, 0, 'A').judge('A', false)
  const [diverged] = node.all('diverged')
  assert.ok(diverged?.id.equals(nameOf('A').id))
  assert.is(diverged?.certificate.signatures.length, 3)
  assert.equal(node.all('decide'), [])
})

test('T4: a second commit after the decision is reported', () => {
  const node = new Driver().start().proposed(0, 'A').precommits([0, 1, 2, 3], 0, 'A')
  assert.is(node.all('decide').length, 1)
  node.feed({ type: 'certificate', certificate: certificate('precommit', node.others, 1, 'B') })
  assert.ok(node.all('diverged')[0]?.id.equals(nameOf('B').id))
  assert.is(node.all('diverged').length, 1)
})

test('a node behind follows the votes of others without any own timer (L55)', () => {
  const node = new Driver().start().precommits([0, 1, 2, 3].slice(0, 3), 4, null)
  assert.is(node.at, 'propose 4')
})

test('votes for rounds far ahead take bounded memory, and L55 loses nothing', () => {
  const node = new Driver().start()
  const [liar, honest] = node.others as [number, number]
  for (let round = 1; round <= 1_000; round++) node.prevotes([liar], round * 1_000, null)
  assert.is(node.state.votes.rounds.size, futureRoundsMax)
  assert.is(node.prevotes([honest], 3, null).at, 'propose 3')
  node.prevotes([honest], 2_000_000, null)
  assert.is(node.at, 'propose 1000000')
})

test('the highest future rounds stay: those are where the honest are', () => {
  const node = new Driver().start()
  const [a, b, c] = node.others as [number, number, number]
  for (const round of [3, 4, 5, 6, 7]) node.prevotes([a], round, null)
  assert.equal([...node.state.votes.rounds.keys()], [5, 6, 7])
  node.prevotes([a], 4, null)
  assert.equal([...node.state.votes.rounds.keys()], [5, 6, 7])
  node.prevotes([b, c], 7, null).timeout('propose', 7)
  assert.is(node.said.at(-1), 'precommit 7 nil')
})

test('an equivocator cannot hide a polka: a certificate counts in full', () => {
  const node = new Driver().start().proposed(0, 'A')
  const [a, liar] = node.others as [number, number]
  node.prevotes([liar], 0, null).prevotes([a], 0, 'A').prevotes([liar], 0, 'A')
  assert.is(node.locked, undefined)
  node.feed({ type: 'certificate', certificate: certificate('prevote', [a, liar, node.options.self!], 0, 'A') })
  assert.is(node.locked, 'A 0')
})

test('a vote that comes twice counts once', () => {
  const node = new Driver().start().proposed(0, 'A')
  const [a] = node.others as [number]
  node.prevotes([a, a, a], 0, 'A')
  assert.is(node.locked, undefined)
})

test('T12: an equivocation is reported once, with both messages, and the first vote counts', () => {
  const node = new Driver().start()
  const [liar] = node.others as [number]
  node.prevotes([liar], 0, 'A').prevotes([liar], 0, 'B').prevotes([liar], 0, null).precommits([liar], 0, 'A')
  const [found] = node.all('evidence')
  assert.is(node.all('evidence').length, 1)
  assert.is(found?.validator, liar)
  assert.equal(
    found?.evidence.pair.map(({ checkpoint }) => checkpoint),
    [nameOf('A').id, nameOf('B').id],
  )
  assert.equal(found?.evidence.key, node.options.validators[liar]?.key)
})

test('T12: two proposals for one round are reported', () => {
  const node = new Driver().start().proposal(0, 'A').proposal(0, 'B')
  assert.is(node.all('evidence')[0]?.validator, proposer(0))
  const sameValue = new Driver().start().proposal(0, 'A').proposal(0, 'Ax')
  assert.is(sameValue.all('evidence').length, 1)
})

test('T12: a forgotten lock is reported in whichever order its messages come', () => {
  for (const isReversed of [false, true]) {
    const node = new Driver().start()
    const [liar] = node.others as [number]
    if (isReversed) node.prevotes([liar], 3, 'B', 0).precommits([liar], 1, 'A')
    else node.precommits([liar], 1, 'A').prevotes([liar], 3, 'B', 0)
    assert.is(node.all('evidence')[0]?.validator, liar)
  }
})

test('T7: after a crash at any point nothing else is signed for what was already given out', () => {
  const node = new Driver().start().proposed(0, 'A')
  node.prevotes(node.others, 0, 'A')
  assert.equal(node.said, ['prevote 0 A', 'precommit 0 A'])
  const after = crashed(node).start()
  assert.equal(after.said, ['prevote 0 A', 'precommit 0 A'])
  after.timeout('propose', 0).timeout('prevote', 0).proposed(0, 'B')
  assert.equal(after.said, ['prevote 0 A', 'precommit 0 A'])
})

test('T7: what peers remember of a node that restored an older state binds it', () => {
  const node = new Driver().start().prevotes(
    [0, 1, 2, 3].filter(i => i === new Driver().options.self),
    0,
    'A',
  )
  node.timeout('propose', 0)
  assert.equal(node.said, [])
  assert.is(node.at, 'prevote 0')
})
