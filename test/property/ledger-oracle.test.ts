/**
 * The real ledger against the oracle, over whole economies. A failing seed is replayed by `ECONOMY_SEED=<seed>` before the command
 * of this file; it stays below as a test of its own.
 */
import * as assert from 'uvu/assert'
import { suite } from '../harness.ts'
import { disagreement } from './economy/compare.ts'
import type { Economy } from './economy/economy.ts'
import { economyFrom } from './economy/generator.ts'
import { shrink } from './economy/shrink.ts'

const test = suite('property: the ledger and the oracle agree')
const seeds = 2_000
const wanted = process.env.ECONOMY_SEED

for (let first = 1; first <= seeds; first += 250) {
  test(`E1 to F6: seeds ${first} to ${first + 249}`, () => {
    if (wanted !== undefined) return
    for (let seed = first; seed < first + 250; seed++) checkSeed(seed)
  })
}

test('E1 to F6: the wanted seed', () => {
  if (wanted !== undefined) checkSeed(Number(wanted))
})

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
