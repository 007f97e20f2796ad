import * as assert from 'uvu/assert'
import { provenOffence } from '../../../../consensus/agreement/evidence.ts'
import { toKey } from '../../../../consensus/bytes.ts'
import { DivergenceSearch, isDecided } from '../../../../consensus/light/following/divergence.ts'
import { guiltyOf } from '../../../../consensus/light/following/guilty.ts'
import { trustedFrom } from '../../../../consensus/light/following/trusted-checkpoint.ts'
import { History, type HistoryOptions, type Member, membersOf } from '../../../fixtures/light-chain.ts'
import { quickCrypto } from '../../../fixtures/quick-crypto.ts'
import { suite } from '../../../harness.ts'

const test = suite('light/following/second-history')

const set = membersOf('a', 'b', 'c', 'd')
const honest = new History({ membersAt: () => set, signersAt: () => membersOf('a', 'b', 'c') })
const forked = (after: number, options: Partial<HistoryOptions> = {}) =>
  new History({
    membersAt: () => set,
    signersAt: () => membersOf('b', 'c', 'd'),
    forkOf: { history: honest, after },
    ...options,
  })

const keysOf = (members: readonly Member[]) => members.map(({ key }) => toKey(key.publicKey)).sort()

test('the first epoch in which two histories differ is found in log₂ steps, wherever it is', () => {
  for (const after of [0, 1, 7, 498, 999]) {
    const other = forked(after)
    const search = new DivergenceSearch(honest.trustedGenesis(), [honest.block(1000), other.block(1000)])
    let asked = 0
    for (let epoch = search.needed; epoch !== undefined; epoch = search.needed) {
      search.take([honest.block(epoch), other.block(epoch)])
      asked++
    }
    const { shared, blocks } = search.found
    assert.equal([shared.epoch, `${shared.cid}`], [after, `${honest.cid(after)}`])
    assert.ok(asked <= 10, `${asked} pairs`)
    assert.ok(blocks.every(block => isDecided(quickCrypto, shared, block)))
  }
})

test('what the set in office did not decide is told apart, at the epoch where two histories part', () => {
  const { nextValidators } = honest.trustedGenesis()
  const shared = { ...trustedFrom(honest.block(4)), nextValidators }
  assert.ok(isDecided(quickCrypto, shared, honest.block(5)))
  const few = forked(4, { signersAt: () => membersOf('c', 'd') })
  assert.not(isDecided(quickCrypto, shared, few.block(5)))
  assert.not(isDecided(quickCrypto, shared, honest.block(6)))
  const elsewhere = forked(3)
  assert.not(isDecided(quickCrypto, shared, elsewhere.block(5)))
  const upstarts = forked(4, {
    membersAt: epoch => (epoch > 4 ? membersOf('c', 'd') : set),
    signersAt: () => membersOf('c', 'd'),
  })
  assert.not(isDecided(quickCrypto, shared, upstarts.block(5)))
})

test('T12: who signed two checkpoints of one epoch and round is guilty, with a proof that anybody can check', () => {
  const guilty = guiltyOf(quickCrypto, [honest.block(9), forked(4).block(9)])
  assert.equal(guilty.map(({ key }) => toKey(key)).sort(), keysOf(membersOf('b', 'c')))
  for (const { proof, stake } of guilty) {
    assert.equal([proof?.offence, stake], ['equivocation', 1_000])
    assert.is(provenOffence(quickCrypto, honest.chain, proof!.evidence), 'equivocation')
  }
})

test('T12: in a set of their own making they are known by their keys', () => {
  const own = membersOf('b', 'c', 'x')
  const other = forked(4, { membersAt: epoch => (epoch > 4 ? own : set), signersAt: () => own })
  const guilty = guiltyOf(quickCrypto, [honest.block(9), other.block(9)])
  assert.equal(guilty.map(({ key }) => toKey(key)).sort(), keysOf(membersOf('b', 'c')))
  for (const { proof } of guilty) assert.is(provenOffence(quickCrypto, honest.chain, proof!.evidence), 'equivocation')
})

test('T12: signatures of different rounds name, and prove nothing by themselves', () => {
  const guilty = guiltyOf(quickCrypto, [honest.block(9), forked(4, { round: 2 }).block(9)])
  assert.equal(guilty.map(({ key }) => toKey(key)).sort(), keysOf(membersOf('b', 'c')))
  assert.ok(guilty.every(({ proof }) => proof === null))
})

test('T12: nor do they in a set of their own making', () => {
  const own = membersOf('b', 'c', 'x')
  const other = forked(4, { membersAt: epoch => (epoch > 4 ? own : set), signersAt: () => own, round: 2 })
  const guilty = guiltyOf(quickCrypto, [honest.block(9), other.block(9)])
  assert.equal(
    guilty.map(({ proof }) => proof),
    [null, null],
  )
})

test('a certificate that does not hold names nobody', () => {
  const few = forked(4, { signersAt: () => membersOf('b', 'c') })
  assert.equal(guiltyOf(quickCrypto, [honest.block(9), few.block(9)]), [])
  assert.equal(guiltyOf(quickCrypto, [few.block(9), honest.block(9)]), [])
})
