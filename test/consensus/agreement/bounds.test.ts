import * as assert from 'uvu/assert'
import { currentMessages } from '../../../consensus/agreement/gossip.ts'
import { contentsSoughtMax, proposalsPerRoundMax } from '../../../consensus/agreement/proposal-keeper.ts'
import { futureRoundsMax, pastRoundsMax } from '../../../consensus/agreement/vote-keeper.ts'
import { suite } from '../../harness.ts'
import { certificate, Driver, listener, nameOf, proposer } from './driver.ts'

/** What is kept, and what is forgotten, over many rounds. */
const test = suite('agreement/bounds')

const far = 3 * pastRoundsMax

/** Through rounds in which everybody says nil. */
function endRounds(node: Driver, from: number, to: number): Driver {
  for (let round = from; round < to; round++) {
    node.timeout('propose', round).prevotes(node.others, round, null)
    node.precommits(node.others, round, null).timeout('precommit', round)
  }
  assert.is(node.state.round, to)
  return node
}

test('votes and own messages of old rounds are forgotten, and don’t come back', () => {
  const node = endRounds(new Driver().start(), 0, far)
  const rounds = [...node.state.votes.rounds.keys()]
  assert.is(Math.min(...rounds), far - pastRoundsMax)
  assert.ok(node.state.own.every(({ round }) => round >= far - 1))
  node.prevotes(node.others, 0, 'A')
  assert.equal([...node.state.votes.rounds.keys()], rounds)
})

test('a commit of a forgotten round still decides, as a certificate', () => {
  const node = endRounds(new Driver().start(), 0, far)
  node.feed({ type: 'certificate', certificate: certificate('precommit', node.others, 0, 'A') })
  assert.equal(
    node.all('want').map(({ id }) => id),
    [nameOf('A').id],
  )
  assert.is(node.proposal(0, 'A').judge('A').all('decide').length, 1)
})

test('the valid value, its polka and its proposal are never forgotten', () => {
  const node = new Driver().start().proposed(0, 'A')
  endRounds(node.prevotes(node.others, 0, 'A').precommits(node.others, 0, null).timeout('precommit', 0), 1, far)
  assert.equal(currentMessages(node.state).certificates[0], certificate('prevote', [0, 1, 2, 3], 0, 'A'))
  assert.is(node.state.proposals.rounds.get(0)?.length, 1)
  const round = [far, far + 1, far + 2].find(later => proposer(later) !== node.options.self)!
  endRounds(node, far, round).proposal(round, 'A', 0)
  assert.is(node.said.at(-1), `prevote ${round} A on 0`)
  assert.is(node.checks('A').length, 1)
})

test('other values of old rounds are forgotten with their verdicts', () => {
  const node = endRounds(new Driver().start().proposed(0, 'A'), 0, far)
  assert.is(node.state.proposals.rounds.size, 0)
  assert.is(node.state.verdicts.lasting.size + node.state.verdicts.fresh.size, 0)
})

test('a proposer fills no memory with rounds far ahead', () => {
  const node = new Driver().start()
  const liar = proposer(0)
  const turns = Array.from({ length: 200 }, (_, i) => i + 1).filter(round => proposer(round) === liar)
  for (const round of turns) node.proposal(round, 'A')
  assert.equal([...node.state.proposals.rounds.keys()], turns.slice(-futureRoundsMax))
  node.proposal(turns[0]!, 'A')
  assert.equal([...node.state.proposals.rounds.keys()], turns.slice(-futureRoundsMax))
})

test('a proposer fills no memory with rounds long past', () => {
  const node = endRounds(new Driver().start(), 0, far)
  const floor = far - pastRoundsMax
  for (let round = 0; round < far; round++) {
    for (const value of ['A', 'B']) if (proposer(round) !== node.options.self) node.proposal(round, value)
  }
  const kept = [...node.state.proposals.rounds.keys()]
  assert.ok(Math.min(...kept) >= floor)
  assert.ok(kept.length <= pastRoundsMax)
  // What a quorum stands behind still comes.
  node.feed({ type: 'certificate', certificate: certificate('prevote', node.others, 0, 'C') }).proposal(0, 'C')
  assert.equal(
    node.state.proposals.rounds.get(0)?.map(({ id }) => id),
    [nameOf('C').id],
  )
})

test('what is wanted is asked for again in every round until it comes', () => {
  const node = new Driver().start().prevotes([0, 1, 2, 3], 0, 'A')
  assert.is(node.all('want').length, 1)
  endRounds(node, 0, 1)
  assert.is(node.all('want').length, 2)
  endRounds(node.proposal(0, 'A'), 1, 2)
  assert.is(node.all('want').length, 2)
})

test('a proposer fills no memory with contents of a checkpoint that a quorum stands behind', () => {
  for (const isKnown of [true, false]) {
    const node = new Driver().start()
    if (isKnown) node.proposed(0, 'A')
    node.prevotes(node.others, 0, 'A')
    const sendMany = (from: number) => {
      for (let i = from; i < from + 100; i++) {
        const content = new Uint8Array(32).fill(i).fill(7, 16)
        node.feed({ type: 'proposal', proposal: { ...node.makeProposal(0, 'A'), content } })
      }
    }
    sendMany(0)
    const bound = isKnown ? proposalsPerRoundMax : contentsSoughtMax
    assert.is(node.state.proposals.rounds.get(0)?.length, bound)
    assert.ok(node.all('check').length <= bound)
    if (!isKnown) continue
    node.precommits(node.others, 0, 'A')
    assert.is(node.all('decide').length, 1)
    sendMany(100)
    assert.is(node.state.proposals.rounds.get(0)?.length, bound)
  }
})

test('the true content still comes with the proposal of a later round where false ones leave it no room', () => {
  const node = new Driver().start().prevotes(
    [0, 1, 2, 3].filter(i => i !== listener),
    0,
    'A',
  )
  for (let i = 0; i < 20; i++) node.proposal(0, `A${String.fromCharCode(97 + i)}`)
  const kept = node.state.proposals.rounds.get(0)!.length
  node.proposal(0, 'A')
  assert.is(node.state.proposals.rounds.get(0)?.length, kept)
  node.timeout('prevote', 0).precommits(node.others, 0, null).timeout('precommit', 0)
  assert.is(node.state.round, 1)
  node.proposal(1, 'A', 0).judge('A')
  assert.is(node.said.at(-1), 'prevote 1 A on 0')
})
