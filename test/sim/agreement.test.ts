import * as assert from 'uvu/assert'
import { suite } from '../harness.ts'
import { runAgreement } from './agreement/run.ts'

const test = suite('sim/agreement')

const healMs = 4_000
const patienceMs = 120_000

function runSeeds(count: number, from: number, to: number): void {
  for (let seed = from; seed < to; seed++) {
    const where = `seed ${seed} of ${count} validators`
    try {
      const { undecided } = runAgreement({ seed, count, healMs, patienceMs })
      assert.equal(undecided, [], `undecided after the network healed`)
    } catch (error) {
      throw new Error(`${where}: ${(error as Error).message}`, { cause: error })
    }
  }
}

test('T1 T7 T8: 4 validators agree, keep their locks, sign nothing twice, and decide once the network heals', () => {
  runSeeds(4, 1, 501)
})

test('T1 T7 T8: 7 validators likewise', () => {
  runSeeds(7, 1001, 1251)
})

test('T7 T8: a validator that crashes keeps the polka that it alone has seen', () => {
  runSeeds(4, 813, 814)
})
