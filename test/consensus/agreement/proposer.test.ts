import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { proposerOf } from '../../../consensus/agreement/proposer.ts'
import { suite } from '../../harness.ts'
import { validatorsOf } from './driver.ts'

const test = suite('agreement/proposer')

/** T3 in its own words: the whole line of stake, walked from the end. */
function ownerOf(stakes: readonly number[], epoch: number, round: number): number {
  const total = stakes.reduce((sum, stake) => sum + BigInt(stake), 0n)
  const x = (((((BigInt(epoch) + BigInt(round)) * 0x9e3779b97f4a7c15n) % 2n ** 64n) * total) / 2n ** 64n) as bigint
  let end = total
  for (let i = stakes.length - 1; i > 0; i--) {
    end -= BigInt(stakes[i]!)
    if (x >= end) return i
  }
  return 0
}

test('T3: the owner of the point proposes, exactly, also for stakes as large as the supply', () => {
  const stake = fc.integer({ min: 1, max: 6_000_000_000_000 })
  const run = fc.property(
    fc.array(stake, { minLength: 1, maxLength: 150 }),
    fc.maxSafeNat(),
    fc.nat(0x7fff_ffff),
    (stakes, epoch, round) => {
      assert.is(proposerOf(validatorsOf(stakes), epoch, round), ownerOf(stakes, epoch, round))
    },
  )
  fc.assert(run, { seed: 1, numRuns: 500 })
})

test('T3: turns follow the stake, and everyone has one within few rounds', () => {
  const stakes = [5, 1, 3, 1]
  const turns = [0, 0, 0, 0]
  for (let round = 0; round < 10_000; round++) turns[proposerOf(validatorsOf(stakes), 77, round)]!++
  for (const [i, count] of turns.entries()) assert.ok(Math.abs(count - 1_000 * stakes[i]!) < 10, `${i}: ${count}`)
  const first = new Set(Array.from({ length: 12 }, (_, round) => proposerOf(validatorsOf(stakes), 77, round)))
  assert.is(first.size, 4)
})

test('T3: epoch and round count together, so the next epoch does not begin with the same proposer by rule', () => {
  const set = validatorsOf([1, 1, 1])
  assert.is(proposerOf(set, 4, 3), proposerOf(set, 7, 0))
})
