/**
 * The real ledger against the oracle, over whole economies. `ECONOMY_SEED=<seed> node test/property/ledger-oracle.test.ts` plays one
 * seed again; a seed that failed gets a test of its own here.
 */
import * as assert from 'uvu/assert'
import { suite } from '../harness.ts'
import { disagreement } from './economy/compare.ts'
import type { Economy } from './economy/economy.ts'
import { economyFrom } from './economy/generator.ts'
import { shrink } from './economy/shrink.ts'

const test = suite('property: the ledger and the oracle agree')
const seeds = 2_000
const seedsEach = 250
const wanted = process.env.ECONOMY_SEED

if (wanted !== undefined) {
  test(`E1 to F6: seed ${wanted}`, () => checkSeed(Number(wanted)))
} else {
  for (let first = 1; first <= seeds; first += seedsEach) {
    test(`E1 to F6: seeds ${first} to ${first + seedsEach - 1}`, () => {
      for (let seed = first; seed < first + seedsEach; seed++) checkSeed(seed)
    })
  }
}

function checkSeed(seed: number): void {
  const economy = economyFrom(seed)
  const found = attempt(economy)
  if (found === undefined) return
  const smallest = shrink(economy, smaller => attempt(smaller) !== undefined)
  assert.unreachable(`seed ${seed}: ${found}\nsmallest: ${attempt(smallest)}\n${describe(smallest)}`)
}

/** An exception of either side is a disagreement too. */
function attempt(economy: Economy): string | undefined {
  try {
    return disagreement(economy)
  } catch (error) {
    return `threw ${error}`
  }
}

function describe({ acts, params, validators }: Economy): string {
  const lines = acts.map(({ number, epoch, author, draft }) => `${number}: epoch ${epoch}, ${author}: ${text(draft)}`)
  return [text(params), text(validators), ...lines].join('\n')
}

const text = (value: unknown): string =>
  JSON.stringify(value, (_, item) => (item instanceof Uint8Array ? `bytes ${item[0]}…` : item))
