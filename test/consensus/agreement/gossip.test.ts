import * as assert from 'uvu/assert'
import {
  commitCertificate,
  currentMessages,
  hasThirdVoted,
  isInPlay,
  neededValues,
  proposalsForPeer,
  voteBitmap,
  votesMissing,
} from '../../../consensus/agreement/gossip.ts'
import { suite } from '../../harness.ts'
import { certificate, Driver, nameOf, proposer, vote } from './driver.ts'

const test = suite('agreement/gossip')

test('T8: own votes of this round and the one before are sent again', () => {
  const node = new Driver().start().timeout('propose', 0)
  node.prevotes(node.others, 0, null).precommits(node.others, 0, null).timeout('precommit', 0).timeout('propose', 1)
  const { self } = node.options
  assert.equal(currentMessages(node.state).votes, [
    vote('prevote', self!, 0, null),
    vote('precommit', self!, 0, null),
    vote('prevote', self!, 1, null),
  ])
  assert.equal(currentMessages(node.state).certificates, [certificate('precommit', [0, 1, 2, 3], 0, null)])
})

test('T8: a proposer sends its proposal again, and only its own', () => {
  const node = new Driver(proposer(0)).start().feed({ type: 'built', round: 0, value: nameOf('A') })
  assert.equal(currentMessages(node.state).proposals, [node.makeProposal(0, 'A')])
  assert.equal(currentMessages(new Driver().start().proposal(0, 'A').state).proposals, [])
})

test('T8: the polka of the valid value and the commit go to peers behind', () => {
  const node = new Driver().start().proposed(0, 'A')
  node.prevotes(node.others, 0, 'A')
  assert.equal(currentMessages(node.state).certificates, [certificate('prevote', [0, 1, 2, 3], 0, 'A')])
  node.precommits(node.others.slice(0, 2), 0, 'A')
  const before = commitCertificate(node.state)
  assert.is(before?.signatures.length, 3)
  node.precommits(node.others, 0, 'A')
  assert.is(commitCertificate(node.state)?.signatures.length, 4)
})

test('T8: a peer gets exactly the votes that its bitmap lacks', () => {
  const node = new Driver().start().prevotes([0, 1], 0, 'A').precommits([3], 0, null)
  assert.equal(voteBitmap(node.state, 0), { prevotes: Uint8Array.of(0b0011), precommits: Uint8Array.of(0b1000) })
  const peer = { prevotes: Uint8Array.of(0b0001), precommits: new Uint8Array(0) }
  assert.equal(votesMissing(node.state, 0, peer), [vote('prevote', 1, 0, 'A'), vote('precommit', 3, 0, null)])
  assert.equal(votesMissing(node.state, 0, voteBitmap(node.state, 0)), [])
  assert.equal(votesMissing(node.state, 9, peer), [])
})

test('T8: bits beyond the first byte', () => {
  const node = new Driver(0, new Array(10).fill(1)).prevotes([9], 0, null)
  assert.equal(voteBitmap(node.state, 0).prevotes, Uint8Array.of(0, 0b10))
  assert.equal(votesMissing(node.state, 0, { prevotes: Uint8Array.of(255), precommits: Uint8Array.of() }).length, 1)
})

test('a wanted value is found in any round, with all its contents', () => {
  const node = new Driver().start().proposal(0, 'A').proposal(0, 'Ax').proposal(0, 'B')
  assert.is(proposalsForPeer(node.state, nameOf('A').id).length, 2)
  assert.is(proposalsForPeer(node.state, nameOf('C').id).length, 0)
})

test('the host is told which values to keep', () => {
  const node = new Driver().start().proposed(0, 'A')
  node.prevotes(node.others, 0, 'A').precommits(node.others, 40, null)
  assert.is(node.state.round, 40)
  assert.ok(neededValues(node.state).some(({ id }) => id.equals(nameOf('A').id)))
  const unlocked = new Driver().start().proposed(0, 'B')
  unlocked.precommits(unlocked.others, 40, null)
  assert.equal(neededValues(unlocked.state), [])
})

test('a value is in play in the rounds that it is proposed in, and while a quorum stands behind it', () => {
  const plays = (node: Driver) => ['A', 'Ax', 'B'].filter(name => isInPlay(node.state, nameOf(name)))
  const node = new Driver().start().proposal(0, 'A').proposal(0, 'B')
  assert.equal(plays(node), ['A', 'B'])
  node.precommits(node.others, 0, null).timeout('precommit', 0)
  assert.is(node.state.round, 1)
  assert.equal(plays(node), [])
  node.prevotes(node.others.slice(0, 2), 0, 'A')
  assert.equal(plays(node), [], 'two in four are no quorum')
  node.prevotes(node.others, 0, 'A')
  assert.equal(plays(node), ['A', 'Ax'], 'votes name no content')
  node.proposal(1, 'B')
  assert.equal(plays(node), ['A', 'Ax', 'B'])
  const late = new Driver().start().proposal(0, 'A').precommits([0, 1, 2, 3], 2, 'A')
  assert.equal(plays(late), ['A', 'Ax'])
})

test('T9: more than 1/3 of the stake heard in this epoch, in whatever way', () => {
  const node = new Driver(0, [1, 1, 1])
  assert.not(hasThirdVoted(node.prevotes([1], 0, null).state))
  assert.ok(hasThirdVoted(node.precommits([2], 4, null).state))
  const [other] = new Driver().others.filter(index => index !== proposer(0)) as [number]
  assert.ok(hasThirdVoted(new Driver().prevotes([other], 0, null).proposal(0, 'A').state))
})
