import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { sameSet, totalStake, type ValidatorSet } from '../../../consensus/agreement/validator-set.ts'
import { succeed } from '../../../consensus/ledger/stake/succession.ts'
import { quickKey } from '../../fixtures/quick-crypto.ts'
import { suite } from '../../harness.ts'

const test = suite('ledger/succession')

const keys = Array.from({ length: 3 }, (_, i) => quickKey(`seat ${i}`).publicKey)
const countMax = 6

/** Accounts a to h; a voter's key is one of three of its own. */
const sets = fc
  .dictionary(
    fc.constantFrom(...'abcdefgh'),
    fc.record({
      version: fc.nat(2),
      stake: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 1e9 })),
    }),
    { minKeys: 1, maxKeys: countMax },
  )
  .map(
    (seats): ValidatorSet =>
      Object.entries(seats)
        .map(([account, { version, stake }]) => ({ account, key: keyOf(account, version), stake }))
        .sort((a, b) => (a.account < b.account ? -1 : 1)),
  )

function keyOf(account: string, version: number): Uint8Array {
  return keys[version]!.with(0, account.charCodeAt(0))
}

const nameOf = ({ account, key }: ValidatorSet[0]): string => `${account} ${key.join()}`

/** Stake that changes, over all accounts with their keys. */
function changed(before: ValidatorSet, after: ValidatorSet): number {
  const stakes = new Map(before.map(voter => [nameOf(voter), voter.stake]))
  for (const voter of after) stakes.set(nameOf(voter), (stakes.get(nameOf(voter)) ?? 0) - voter.stake)
  return [...stakes.values()].reduce((sum, stake) => sum + Math.abs(stake), 0)
}

test('T13: a step changes at most a sixth of the stake, unless nobody is left', () => {
  fc.assert(
    fc.property(sets, sets, (present, elected) => {
      const next = succeed(present, elected, countMax)
      const limit = Math.max(1, Math.floor(totalStake(present) / 6))
      const isSwap = totalStake(present) <= 1 && sameSet(next, elected)
      assert.ok(isSwap || changed(present, next) <= limit, `${changed(present, next)} of ${totalStake(present)}`)
      assert.ok(next.length > 0 && next.length <= Math.max(present.length, countMax))
      assert.ok(totalStake(next) <= Math.max(totalStake(present), totalStake(elected)))
      assert.ok(next.every(({ account, stake }, i) => stake > 0 && (i === 0 || next[i - 1]!.account < account)))
    }),
    { seed: 6, numRuns: 1_000 },
  )
})

test('T13: every step comes nearer, and the elected set is reached', () => {
  fc.assert(
    fc.property(sets, sets, (present, elected) => {
      let set = present
      let distance = changed(set, elected)
      for (let steps = 0; distance > 0; steps++) {
        assert.ok(steps < 2_000, `still ${distance} away`)
        set = succeed(set, elected, countMax)
        const left = changed(set, elected)
        assert.ok(left < distance)
        distance = left
      }
      assert.ok(sameSet(set, elected))
      assert.is(succeed(set, elected, countMax), set)
    }),
    { seed: 7, numRuns: 300 },
  )
})

test('T13: a single voter gives way to another one step by step, to its own new key once it is gone', () => {
  const seat = (account: string, version: number, stake: number) => ({ account, key: keyOf(account, version), stake })
  const sixth = succeed([seat('a', 0, 60)], [seat('b', 0, 60)], 1)
  assert.equal(sixth, [seat('a', 0, 55)])
  assert.equal(succeed([seat('a', 0, 60)], [seat('b', 0, 60)], 2), [seat('a', 0, 55), seat('b', 0, 5)])
  assert.equal(succeed([seat('a', 0, 60)], [seat('a', 1, 60)], 2), [seat('a', 0, 50)])
  assert.equal(succeed([seat('a', 0, 1)], [seat('a', 1, 60)], 2), [seat('a', 1, 60)])
})

test('T13: in account order, the last one in part', () => {
  const seat = (account: string, stake: number) => ({ account, key: keyOf(account, 0), stake })
  const present = [seat('a', 100), seat('b', 100), seat('c', 100)]
  const grown = succeed(present, [seat('a', 120), seat('b', 140), seat('c', 110)], 3)
  assert.equal(grown, [seat('a', 120), seat('b', 130), seat('c', 100)])
  const shrunk = succeed(present, [seat('b', 70), seat('c', 100)], 3)
  assert.equal(shrunk, [seat('a', 50), seat('b', 100), seat('c', 100)])
  // Those who leave have half of a sixth, rounded up; the other half is for those who come.
  const both = succeed(present, [seat('b', 100), seat('c', 100), seat('d', 90)], 4)
  assert.equal(both, [seat('a', 75), seat('b', 100), seat('c', 100), seat('d', 25)])
})
