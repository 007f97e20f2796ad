/** Rules that hold in every economy, checked by their own words and not by the oracle's. */
import * as assert from 'uvu/assert'
import { type Amount, ppmWhole } from '../../consensus/amount.ts'
import { compareKeys, toHex } from '../../consensus/bytes.ts'
import { decode } from '../../consensus/cbor/decode.ts'
import { duePrefixes } from '../../consensus/ledger/cells/due.ts'
import type { AuthorPart, EpochResult } from '../../consensus/ledger/execute.ts'
import { encodeFlows } from '../../consensus/ledger/flow/codec.ts'
import { encodePayouts } from '../../consensus/ledger/flow/payout-codec.ts'
import type { EpochLedger } from '../fixtures/epoch-ledger.ts'
import { suite } from '../harness.ts'
import { type Random, randomFrom } from '../sim/random.ts'
import type { Economy } from './economy/economy.ts'
import { economyFrom } from './economy/generator.ts'
import { type Played, playEconomy } from './economy/play.ts'

const test = suite('property: rules of the ledger')

/** Names the seed where the body throws. */
function forSeeds(from: number, count: number, body: (economy: Economy, random: Random) => void): void {
  for (let seed = from; seed < from + count; seed++) {
    try {
      body(economyFrom(seed), randomFrom(seed))
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error })
    }
  }
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items]
  return items.map(() => left.splice(random.below(left.length), 1)[0]!)
}

/** Everything that an epoch leaves, byte for byte, as one text: quicker to compare than its parts. */
function bytesOf(result: EpochResult): string {
  const { batchesRoot, flowRoot, payoutRoot, stateRoot, totals, usage, outcomes, flows, payouts, state, pages } = result
  const hex = (bytes: Uint8Array | null) => (bytes === null ? null : toHex(bytes))
  return JSON.stringify({
    roots: [batchesRoot, flowRoot, payoutRoot, stateRoot].map(toHex),
    totals,
    usage,
    outcomes: outcomes.map(({ batch, codes, settled }) => [batch.key, hex(codes), settled]),
    flows: encodeFlows(flows).map(toHex),
    payouts: encodePayouts(payouts).map(toHex),
    state: [...state].map(([key, value]) => [key, hex(value)]).sort(),
    pages: [...pages].map(([key, value]) => [key, hex(value)]).sort(),
  })
}

test('E1: in whatever order the authors stand, every root and every byte is the same', () => {
  forSeeds(10_000, 250, (economy, random) => {
    playEconomy(economy, (ledger, parts) => {
      const usual = bytesOf(ledger.execute(parts))
      assert.is(bytesOf(ledger.execute([...parts].reverse())), usual)
      assert.is(bytesOf(ledger.execute(shuffled(parts, random))), usual)
    })
  })
})

test('E1: an author changes nothing by putting its records into other batches, but for roundings between refs', () => {
  forSeeds(20_000, 250, (economy, random) => {
    const acts = economy.acts.map(act => ({ ...act, startsBatch: random.chance(0.5) }))
    const [one, other] = [playEconomy(economy), playEconomy({ ...economy, acts })]
    assert.equal(outcomesOf(other), outcomesOf(one))
    assert.equal(feesOf(other.ledger), feesOf(one.ledger))
    // Other batches are other refs, and lists that stand by ref divide in another order: E3 moves each boundary by less than 1.
    const divisions = one.ledger.results.flatMap(({ flows }) => flows.flatMap(({ lists }) => lists)).length
    for (const [account] of one.ledger.genesis.accounts) {
      const moved = Math.abs(one.ledger.account(account).credit - other.ledger.account(account).credit)
      assert.ok(moved <= divisions, `${moved} µOPEN moved in ${divisions} divisions`)
    }
  })
})

const outcomesOf = ({ acts }: Played) =>
  acts.map(({ act, outcome }) => [act.number, outcome] as const).sort(([a], [b]) => a - b)

const feesOf = ({ results }: EpochLedger) => results.map(({ totals }) => totals.fees)

test('E2: the money in all cells is the same before and after every epoch, and is what the totals say', () => {
  forSeeds(30_000, 500, economy => {
    let supply: Amount | undefined
    const scan = (ledger: EpochLedger) => {
      const found = moneyByKind(ledger)
      const total = Object.values(found).reduce((sum, amount) => sum + amount, 0)
      supply ??= total
      assert.is(total, supply, 'supply')
      const totals = ledger.results.at(-1)?.totals
      if (totals === undefined) return
      const { waiting, accrued, treasury } = totals
      assert.equal(
        { waiting, accrued, treasury },
        { waiting: found.w, accrued: found.accrued, treasury: found.treasury },
      )
    }
    scan(playEconomy(economy, scan).ledger)
  })
})

/**
 * µOPEN by where it lies, read from the bytes of the cells alone: an account's balance comes first, a session's deposit and settled
 * sum are its third and last, what waits comes first, bonded and accrued are a validator's third and fifth.
 */
function moneyByKind({ state }: EpochLedger): Record<string, Amount> {
  const money: Record<string, Amount> = { a: 0, s: 0, w: 0, bonded: 0, accrued: 0, treasury: 0 }
  for (const [key, bytes] of state) {
    const cell = decode(bytes) as readonly number[]
    if (key[0] === 'a') money.a! += cell[0]!
    if (key[0] === 's') money.s! += cell[2]! - cell[6]!
    if (key[0] === 'w') money.w! += cell[0]!
    if (key[0] === 'v') {
      money.bonded! += cell[2]!
      money.accrued! += cell[4]!
    }
    if (key === 'gtreasury') money.treasury = cell as unknown as Amount
  }
  return money
}

test('E2: what is paid in comes out, list by list', () => {
  forSeeds(40_000, 200, economy => {
    for (const { flows, payouts, totals } of playEconomy(economy).ledger.results) {
      assert.is(
        payouts.reduce((sum, { amount }) => sum + amount, 0),
        totals.paid,
      )
      for (const { amount, lines, creditAfter } of payouts) {
        assert.is(
          lines.reduce((sum, line) => sum + line.amount, 0),
          amount,
        )
        assert.ok(amount > 0 && creditAfter >= amount)
      }
      const billed = flows.flatMap(({ payees }) => payees).reduce((sum, { fees }) => sum + fees, 0)
      assert.is(billed, totals.fees)
      assert.equal(
        flows.map(({ kind, key }) => `${kind} ${key}`),
        [...new Set(flows.map(({ kind, key }) => `${kind} ${key}`))],
      )
    }
  })
})

test('E4: a session never settles more than was vouched, nor is vouched more than was deposited, and is gone after its last epoch', () => {
  forSeeds(50_000, 250, economy => {
    playEconomy(economy, checkSessions)
  })
})

function checkSessions({ state, epoch }: EpochLedger, _parts: readonly AuthorPart[]): void {
  const due = [...state.keys()].filter(key => key[0] === 'd').sort(compareKeys)
  const sessions = [...state].filter(([key]) => key[0] === 's')
  for (const [key, bytes] of sessions) {
    const [, , deposit, expires, , total, settled] = decode(bytes) as readonly number[]
    assert.ok(settled! <= total! && total! <= deposit!)
    assert.ok(expires! > epoch, 'outlived its last epoch')
    assert.ok(due.includes(duePrefixes(expires!)[0] + key.slice(1)), 'a session that no epoch would end')
  }
  const waiting = [...state.keys()].filter(key => key[0] === 'w')
  assert.is(due.length, sessions.length + waiting.length)
}

test('F4: origins are at most 32, by ref, and weigh no more than all', () => {
  let missing = 0
  forSeeds(60_000, 200, economy => {
    for (const bytes of [...playEconomy(economy).ledger.state]
      .filter(([key]) => key[0] === 'x')
      .map(([, cell]) => cell)) {
      const cell = decode(bytes) as readonly unknown[]
      if (cell[0] !== 'refinement') continue
      const origins = cell[5] as readonly [Uint8Array, number][]
      const refs = origins.map(([ref]) => toHex(ref))
      assert.ok(origins.length <= 32)
      assert.equal(refs, [...new Set(refs)].sort())
      const weight = origins.reduce((sum, [, part]) => sum + part, 0)
      assert.ok(weight <= ppmWhole && origins.every(([, part]) => part >= 1))
      if (weight < ppmWhole) missing++
    }
  })
  assert.ok(missing > 0, 'no economy had missing weight')
})
