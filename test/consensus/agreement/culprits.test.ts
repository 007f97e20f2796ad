import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { type Certificate, certificateOf } from '../../../consensus/agreement/certificate.ts'
import { culpritsOf } from '../../../consensus/agreement/culprits.ts'
import { provenOffence } from '../../../consensus/agreement/evidence.ts'
import { messageBytes, type VoteType } from '../../../consensus/agreement/message.ts'
import { isMoreThanThird, isQuorum, totalStake } from '../../../consensus/agreement/validator-set.ts'
import { quickCrypto, quickKey } from '../../fixtures/quick-crypto.ts'
import { suite } from '../../harness.ts'
import { chain, nameOf } from './driver.ts'

const test = suite('agreement/culprits')

const keys = Array.from({ length: 7 }, (_, i) => quickKey(`voter ${i}`))
const setOf = (stakes: readonly number[]) =>
  stakes.map((stake, i) => ({ account: String.fromCharCode(i), key: keys[i]!.publicKey, stake }))
const set = setOf([1, 1, 1, 1])

interface Said {
  readonly type: VoteType
  readonly round: number
  readonly letter: string
  readonly validRound?: number
}

function certificate({ type, round, letter, validRound = -1 }: Said, voters: readonly number[]): Certificate {
  const vote = { type, epoch: 1, round, checkpoint: nameOf(letter).id, validRound }
  const bytes = messageBytes(chain, vote)
  return certificateOf(voters.map(validator => ({ ...vote, validator, signature: keys[validator]!.sign(bytes) })))
}

const commit = (round: number, letter: string, ...voters: number[]) =>
  certificate({ type: 'precommit', round, letter }, voters)
const polka = (round: number, letter: string, validRound: number, ...voters: number[]) =>
  certificate({ type: 'prevote', round, letter, validRound }, voters)

function convicted(...certificates: Certificate[]): (readonly [number, string])[] {
  const culprits = culpritsOf(quickCrypto, chain, set, certificates)
  for (const { evidence, offence } of culprits) assert.is(provenOffence(quickCrypto, chain, evidence), offence)
  return culprits.map(({ validator, offence }) => [validator, offence] as const)
}

test('T12: two decisions of one round convict who signed both', () => {
  const both = [
    [1, 'equivocation'],
    [2, 'equivocation'],
  ]
  assert.equal(convicted(commit(1, 'A', 0, 1, 2), commit(1, 'B', 1, 2, 3)), both)
  assert.equal(convicted(commit(1, 'B', 1, 2, 3), commit(1, 'A', 0, 1, 2)), both)
})

test('T12: a decision of a later round and the polka under it convict who forgot', () => {
  const forgot = [
    [1, 'amnesia'],
    [2, 'amnesia'],
  ]
  assert.equal(convicted(commit(1, 'A', 0, 1, 2), commit(3, 'B', 1, 2, 3), polka(3, 'B', 0, 1, 2, 3)), forgot)
})

test('T12: a polka on a later polka convicts nobody, the one that this rests on does', () => {
  const decisions = [commit(1, 'A', 0, 1, 2), commit(4, 'B', 1, 2, 3)]
  const last = polka(4, 'B', 2, 1, 2, 3)
  assert.equal(convicted(...decisions, last), [])
  assert.equal(convicted(...decisions, last, polka(2, 'B', -1, 0, 2, 3)), [
    [0, 'amnesia'],
    [2, 'amnesia'],
  ])
})

test('T12: two polkas of the deciding round convict who is in both', () => {
  const rounds = [commit(1, 'A', 0, 1, 2), commit(2, 'B', 1, 2, 3), polka(2, 'B', 1, 1, 2, 3)]
  assert.equal(convicted(...rounds, polka(1, 'B', -1, 0, 1, 3), polka(1, 'A', -1, 0, 1, 2)), [
    [0, 'equivocation'],
    [1, 'equivocation'],
  ])
})

test('T12: nobody is convicted by what honest validators sign', () => {
  assert.equal(convicted(commit(1, 'A', 0, 1, 2), polka(1, 'A', -1, 0, 1, 3), polka(2, 'A', 1, 0, 1, 2)), [])
  assert.equal(convicted(), [])
})

test('certificates that do not hold convict nobody', () => {
  assert.equal(convicted(commit(1, 'A', 0, 1), commit(1, 'B', 0, 1, 2)), [])
  const good = commit(1, 'B', 0, 1, 2)
  const [[, signature], ...others] = good.signatures as [Certificate['signatures'][0], ...Certificate['signatures']]
  const forged: Certificate = { ...good, signatures: [[0, signature.with(0, signature[0]! ^ 1)], ...others] }
  assert.equal(convicted(commit(1, 'A', 0, 1, 2), forged), [])
})

test('T12: whatever two decisions and the polkas under them are, they convict more than a third of the stake', () => {
  const stakes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: keys.length })
  const world = fc.record({ stakes, orders: fc.infiniteStream(fc.nat()), gap: fc.nat(3), steps: fc.nat(3) })
  fc.assert(
    fc.property(world, ({ stakes, orders, gap, steps }) => {
      const set = setOf(stakes)
      const quorum = () => someQuorum(stakes, orders)
      const certificates = [commit(2, 'A', ...quorum()), polka(2, 'A', -1, ...quorum())]
      // From the second decision back, polka on polka, until one rests on what came before the first decision.
      let round = 2 + gap + steps
      certificates.push(commit(round, 'B', ...quorum()))
      for (let i = 0; i < steps && round > 2; i++) {
        certificates.push(polka(round, 'B', round - 1, ...quorum()))
        round--
      }
      certificates.push(polka(round, 'B', Math.min(1, round - 1), ...quorum()))
      const guilty = culpritsOf(quickCrypto, chain, set, certificates)
      const stake = guilty.reduce((sum, { validator }) => sum + set[validator]!.stake, 0)
      assert.ok(isMoreThanThird(stake, totalStake(set)), `${stake} of ${totalStake(set)}`)
    }),
    { seed: 5, numRuns: 300 },
  )
})

/** In an order of the stream's, as few as make a quorum. */
function someQuorum(stakes: readonly number[], orders: fc.Stream<number>): number[] {
  const total = stakes.reduce((sum, stake) => sum + stake, 0)
  const ranks = stakes.map(() => orders.next().value as number)
  const order = stakes.map((_, i) => i).sort((a, b) => ranks[a]! - ranks[b]!)
  const chosen: number[] = []
  let stake = 0
  for (const voter of order) {
    if (isQuorum(stake, total)) break
    chosen.push(voter)
    stake += stakes[voter]!
  }
  return chosen.sort((a, b) => a - b)
}
