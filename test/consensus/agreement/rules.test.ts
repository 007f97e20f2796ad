import * as assert from 'uvu/assert'
import { suite } from '../../harness.ts'
import { certificate, Driver, listener, nameOf, proposer } from './driver.ts'

const test = suite('agreement/rules')

const started = (self?: number) => new Driver(self).start()

/** Locked on A in round 0, now in round 1. */
function lockedOnA(): Driver {
  const node = started().proposed(0, 'A')
  node.prevotes(node.others.slice(0, 2), 0, 'A')
  node.precommits(node.others, 0, null).timeout('precommit', 0)
  assert.is(node.locked, 'A 0')
  assert.is(node.at, 'propose 1')
  return node
}

test('L11: round 0 starts with a propose timer, for the proposer too', () => {
  for (const self of [listener, proposer(0)]) {
    const [timer] = started(self).all('timer')
    assert.equal(timer, { type: 'timer', step: 'propose', round: 0, afterMs: 3_000 })
  }
})

test('L18 L19: the proposer builds a value, proposes it on no polka, and prevotes it without asking', () => {
  const node = started(proposer(0))
  assert.equal(node.all('build'), [{ type: 'build', round: 0 }])
  node.feed({ type: 'built', round: 0, value: nameOf('A') })
  assert.equal(node.said, ['proposal 0 A', 'prevote 0 A'])
  assert.equal(node.all('check'), [])
})

test('L18: a value that was built too late, or none, is not proposed', () => {
  const late = started(proposer(0))
    .timeout('propose', 0)
    .feed({ type: 'built', round: 0, value: nameOf('A') })
  assert.equal(late.said, ['prevote 0 nil'])
  const none = started(proposer(0)).feed({ type: 'built', round: 0, value: undefined })
  assert.equal(none.said, [])
  assert.equal(none.timeout('propose', 0).said, ['prevote 0 nil'])
})

test('L16: a proposer with a valid value proposes that, on the round of its polka', () => {
  const node = started(proposer(1)).proposed(0, 'A')
  node.prevotes(node.others.slice(0, 2), 0, 'A').precommits(node.others, 0, null).timeout('precommit', 0)
  assert.is(node.said[2], 'proposal 1 A on 0')
  assert.equal(node.all('build'), [])
})

test('L15: a polka that arrives while the host builds goes before what it built', () => {
  const node = started(proposer(1)).proposed(0, 'A').timeout('prevote', 0)
  node.precommits(node.others, 0, null).timeout('precommit', 0)
  assert.is(node.all('build').length, 1)
  node.prevotes(node.others, 0, 'A').feed({ type: 'built', round: 1, value: nameOf('B') })
  assert.ok(node.said.includes('proposal 1 A on 0'), node.said.join())
})

test('L22: a valid new value is prevoted, an invalid one gets nil', () => {
  assert.equal(started().proposed(0, 'A').said, ['prevote 0 A'])
  assert.equal(started().proposed(0, 'A', -1, false).said, ['prevote 0 nil'])
})

test('L22: nothing is prevoted until the verdict has come', () => {
  const node = started().proposal(0, 'A')
  assert.equal(node.said, [])
  assert.equal(node.judge('A').said, ['prevote 0 A'])
})

test('L22: a locked validator gives nil to every new value, also to the one it is locked on', () => {
  for (const letter of ['A', 'B']) {
    const node = lockedOnA().proposal(1, letter)
    assert.is(node.said.at(-1), 'prevote 1 nil')
  }
})

test('L28: a value with an earlier polka is prevoted on it, by an unlocked and by an earlier locked validator', () => {
  const unlocked = started()
    .precommits(
      [0, 1, 2, 3].filter(i => i !== listener),
      0,
      null,
    )
    .timeout('precommit', 0)
  unlocked.prevotes(unlocked.others, 0, 'B').proposed(1, 'B', 0)
  assert.is(unlocked.said.at(-1), 'prevote 1 B on 0')
  const locked = lockedOnA().proposed(1, 'A', 0)
  assert.is(locked.said.at(-1), 'prevote 1 A on 0')
})

test('L28: a lock newer than the polka gives nil, also for the locked value (T1)', () => {
  for (const letter of ['A', 'B']) {
    const node = started()
      .precommits(
        [0, 1, 2, 3].filter(i => i !== listener),
        0,
        null,
      )
      .timeout('precommit', 0)
    node.prevotes(node.others, 0, letter).proposed(1, 'A')
    node.prevotes(node.others.slice(0, 2), 1, 'A').precommits(node.others, 1, null).timeout('precommit', 1)
    assert.is(node.locked, 'A 1')
    node.proposed(2, letter, 0)
    assert.is(node.said.at(-1), 'prevote 2 nil')
  }
})

test('L28: an invalid value gets nil even with a polka', () => {
  const node = started()
    .precommits(
      [0, 1, 2, 3].filter(i => i !== listener),
      0,
      null,
    )
    .timeout('precommit', 0)
  node.prevotes(node.others, 0, 'B').proposed(1, 'B', 0, false)
  assert.is(node.said.at(-1), 'prevote 1 nil')
})

test('L28: without the polka nothing is prevoted; when it comes, the value is', () => {
  const node = started()
    .precommits(
      [0, 1, 2, 3].filter(i => i !== listener),
      0,
      null,
    )
    .timeout('precommit', 0)
  node.proposed(1, 'B', 0)
  assert.equal(node.said, [])
  node.prevotes(node.others.slice(0, 2), 0, 'B')
  assert.equal(node.said, [])
  assert.equal(node.prevotes(node.others, 0, 'B').said, ['prevote 1 B on 0'])
})

test('T1: prevotes on different polkas do not add up, in L28 and in L36', () => {
  const node = started()
    .precommits(
      [0, 1, 2, 3].filter(i => i !== listener),
      1,
      null,
    )
    .timeout('precommit', 1)
  assert.is(node.at, 'propose 2')
  const [a, b, c] = node.others as [number, number, number]
  node.prevotes([a, b], 1, 'B').prevotes([c], 1, 'B', 0).proposed(2, 'B', 1)
  assert.equal(node.said, [])
  const other = started().proposed(0, 'A').precommits(node.others, 0, null).timeout('precommit', 0).proposed(1, 'A')
  other.prevotes([a], 1, 'A').prevotes([b], 1, 'A', 0)
  assert.is(other.locked, undefined)
  assert.is(other.prevotes([c], 1, 'A').locked, 'A 1')
})

test('L34: prevotes of more than 2/3, for whatever, set the prevote timer once, and only in that step', () => {
  const node = started()
  const [a, b, c] = node.others as [number, number, number]
  node.prevotes([a], 0, 'A').prevotes([b], 0, null).prevotes([c], 0, 'B')
  assert.is(node.all('timer').length, 1)
  node.timeout('propose', 0)
  assert.equal(node.all('timer').slice(1), [{ type: 'timer', step: 'prevote', round: 0, afterMs: 1_000 }])
  assert.is(node.prevotes([a, b, c], 0, null).all('timer').length, 2)
})

test('L36: a polka in the prevote step locks and precommits', () => {
  const node = started().proposed(0, 'A')
  node.prevotes(node.others.slice(0, 1), 0, 'A')
  assert.equal(node.said, ['prevote 0 A'])
  node.prevotes(node.others, 0, 'A')
  assert.equal(node.said, ['prevote 0 A', 'precommit 0 A'])
  assert.is(node.locked, 'A 0')
  assert.is(node.valid, 'A 0')
})

test('L36: a polka in the propose step waits for the own prevote', () => {
  const node = started().prevotes(
    [0, 1, 2, 3].filter(i => i !== listener),
    0,
    'A',
  )
  assert.is(node.locked, undefined)
  assert.equal(node.proposed(0, 'A').said, ['prevote 0 A', 'precommit 0 A'])
})

test('L36 L42: a polka in the precommit step is remembered without a lock', () => {
  const node = started().proposed(0, 'A').timeout('prevote', 0)
  assert.is(node.said.at(-1), 'precommit 0 nil')
  node.prevotes(node.others, 0, 'A')
  assert.is(node.locked, undefined)
  assert.is(node.valid, 'A 0')
})

test('L36: what was too stale to prevote is locked once others made a polka of it', () => {
  const node = started()
    .proposed(0, 'A', -1, false)
    .prevotes(
      [0, 1, 2, 3].filter(i => i !== listener),
      0,
      'A',
    )
  assert.equal(node.said, ['prevote 0 nil'])
  assert.equal(
    node.checks('A').map(({ fresh }) => fresh),
    [true, false],
  )
  assert.equal(node.judge('A').said, ['prevote 0 nil', 'precommit 0 A'])
})

test('L42: the polka of an earlier round replaces an earlier valid value, never a later one, and no lock', () => {
  const node = lockedOnA().timeout('propose', 1).timeout('prevote', 1)
  node.precommits(node.others, 1, null).timeout('precommit', 1)
  node.prevotes(node.others, 1, 'B').proposal(1, 'B').judge('B')
  assert.is(node.valid, 'B 1')
  assert.is(node.locked, 'A 0')
  node.prevotes(node.others, 0, 'A')
  assert.is(node.valid, 'B 1')
})

test('L44: a polka for nil is precommitted as nil at once', () => {
  const node = started().timeout('propose', 0)
  node.prevotes(node.others, 0, null)
  assert.equal(node.said, ['prevote 0 nil', 'precommit 0 nil'])
})

test('L47: precommits of more than 2/3, for whatever, set the precommit timer once, in any step', () => {
  const node = started()
  const [a, b, c] = node.others as [number, number, number]
  node.precommits([a], 0, 'A').precommits([b], 0, null)
  assert.is(node.all('timer').length, 1)
  node.precommits([c], 0, 'B')
  assert.equal(node.all('timer').slice(1), [{ type: 'timer', step: 'precommit', round: 0, afterMs: 1_000 }])
})

test('L49: a commit of a valid value decides, whatever the step and the round', () => {
  const node = started().proposed(0, 'A')
  node.precommits(node.others, 1, null).timeout('precommit', 1)
  assert.is(node.at, 'propose 2')
  node.precommits(node.others, 0, 'A')
  const [decision] = node.all('decide')
  assert.is(decision?.round, 0)
  assert.ok(decision?.id.equals(nameOf('A').id))
  assert.equal(decision?.certificate, certificate('precommit', node.others, 0, 'A'))
  assert.is(node.state.step, 'decided')
})

test('L49: before round 0 as well; and it decides once', () => {
  const node = new Driver().precommits(
    [0, 1, 2, 3].filter(i => i !== listener),
    0,
    'A',
  )
  assert.equal(node.all('decide'), [])
  node.proposal(0, 'A').judge('A')
  assert.is(node.all('decide').length, 1)
  node.precommits([0, 1, 2, 3], 3, 'A').start()
  assert.is(node.all('decide').length, 1)
})

test('L49: a commit of an unknown value asks for it, and decides when it has come and is valid', () => {
  const node = started().precommits(
    [0, 1, 2, 3].filter(i => i !== listener),
    0,
    'A',
  )
  assert.equal(node.all('want'), [{ type: 'want', id: nameOf('A').id, round: 0 }])
  assert.is(node.proposal(0, 'A').judge('A').all('decide').length, 1)
})

test('L55: more than 1/3 in a later round skips to it; a third is not enough', () => {
  const node = started()
  const [a, b] = node.others as [number, number]
  assert.is(node.prevotes([a], 5, null).at, 'propose 0')
  assert.is(node.precommits([b], 5, null).at, 'propose 5')
  const third = new Driver(0, [1, 1, 1]).start().prevotes([1], 5, null)
  assert.is(third.at, 'propose 0')
})

test('L55: who is heard in round 9 has passed round 7', () => {
  const node = started()
  const [a, b] = node.others as [number, number]
  assert.is(node.prevotes([a], 7, null).prevotes([b], 9, null).at, 'propose 7')
})

test('L55: a proposal counts as heard', () => {
  const node = started()
  const [a] = node.others.filter(other => other !== proposer(2)) as [number]
  assert.is(node.prevotes([a], 2, null).proposal(2, 'A').at, 'propose 2')
})

test('L57: the propose timer of this round and step gives nil, any other does nothing', () => {
  const node = started().timeout('propose', 1).timeout('prevote', 0)
  assert.equal(node.said, [])
  assert.equal(node.timeout('propose', 0).said, ['prevote 0 nil'])
  assert.equal(node.timeout('propose', 0).said, ['prevote 0 nil'])
})

test('L57: a propose timer that runs out late takes no step back', () => {
  const node = started().proposed(0, 'A').timeout('prevote', 0).timeout('propose', 0)
  assert.is(node.at, 'precommit 0')
})

test('L34 L47: what happens for the first time only, happens once in every round', () => {
  const node = started()
  for (const round of [0, 1]) {
    node.timeout('propose', round).prevotes(node.others, round, null).precommits(node.others, round, null)
    node.timeout('precommit', round)
  }
  const timers = node.all('timer').filter(({ step }) => step === 'precommit')
  assert.equal(
    timers.map(({ round }) => round),
    [0, 1],
  )
})

test('L61: the prevote timer of this round and step precommits nil', () => {
  const node = started().proposed(0, 'A').timeout('prevote', 1)
  assert.equal(node.said, ['prevote 0 A'])
  assert.equal(node.timeout('prevote', 0).said, ['prevote 0 A', 'precommit 0 nil'])
})

test('L65: the precommit timer of this round starts the next one, with longer timers', () => {
  const node = started().timeout('precommit', 1)
  assert.is(node.at, 'propose 0')
  assert.is(node.timeout('precommit', 0).at, 'propose 1')
  assert.equal(node.all('timer').at(-1), { type: 'timer', step: 'propose', round: 1, afterMs: 3_500 })
})

test('T9: before start nothing is said and no round is skipped; afterwards all that came counts', () => {
  const node = new Driver().proposal(0, 'A').prevotes(
    [0, 1, 2, 3].filter(i => i !== listener),
    0,
    'A',
  )
  node.timeout('propose', -1).timeout('precommit', -1)
  assert.equal([node.said, node.state.round], [[], -1])
  node.start().judge('A')
  assert.equal(node.said, ['prevote 0 A', 'precommit 0 A'])
})

test('an observer follows and decides, and signs nothing', () => {
  const node = new Driver('observer').start().proposed(0, 'A').prevotes([0, 1, 2], 0, 'A')
  assert.is(node.at, 'precommit 0')
  assert.is(node.precommits([0, 1, 2], 0, 'A').all('decide').length, 1)
  assert.equal(node.said, [])
})

test('T2: the state passed in stays usable', () => {
  const node = started().proposed(0, 'A')
  const before = node.state
  const text = JSON.stringify(before, (_, item) => (item instanceof Map || item instanceof Set ? [...item] : item))
  node.prevotes(node.others, 0, 'A').precommits(node.others, 0, 'A')
  assert.is(
    JSON.stringify(before, (_, item) => (item instanceof Map || item instanceof Set ? [...item] : item)),
    text,
  )
})

test('messages of another epoch, of strangers and of a wrong proposer change nothing', () => {
  const node = started()
  const before = node.state
  const { others } = node
  const [stranger] = certificate('precommit', [77], 0, 'A').signatures
  node.feed({ type: 'certificate', certificate: { ...certificate('precommit', others, 0, 'A'), epoch: 2 } })
  node.feed({
    type: 'certificate',
    certificate: { ...certificate('precommit', others, 0, 'A'), signatures: [stranger!] },
  })
  node.precommits([77], 0, 'A')
  node.feed({ type: 'proposal', proposal: { ...node.makeProposal(0, 'A'), epoch: 2 } })
  node.feed({ type: 'proposal', proposal: { ...node.makeProposal(0, 'A'), validator: proposer(1) } })
  assert.is(node.state, before)
})
