/** Rules that hold in every economy, checked by their own words and not by the oracle's. */
import * as assert from 'uvu/assert'
import type { AccountKey } from '../../consensus/account.ts'
import { type Amount, ppmWhole } from '../../consensus/amount.ts'
import { type ByteKey, toHex } from '../../consensus/bytes.ts'
import { decode } from '../../consensus/cbor/decode.ts'
import { assetCellKey, assetCodec } from '../../consensus/ledger/cells/asset.ts'
import { duePrefix } from '../../consensus/ledger/cells/due.ts'
import type { EpochResult } from '../../consensus/ledger/execute.ts'
import { encodeFlows } from '../../consensus/ledger/flow/codec.ts'
import { flowKinds } from '../../consensus/ledger/flow/flow.ts'
import { encodePayouts } from '../../consensus/ledger/flow/payout-codec.ts'
import { roles } from '../../consensus/ledger/flow/payouts.ts'
import { parseOpen } from '../../src/decimal.ts'
import type { EpochLedger } from '../fixtures/epoch-ledger.ts'
import { suite } from '../harness.ts'
import { type Random, randomFrom, shuffled } from '../sim/random.ts'
import type { Economy } from './economy/economy.ts'
import { economyFrom } from './economy/generator.ts'
import { type Played, type PlayedAct, playEconomy } from './economy/play.ts'

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
  forSeeds(10_000, 150, (economy, random) => {
    playEconomy(economy, (ledger, parts) => {
      const usual = bytesOf(ledger.execute(parts))
      assert.is(bytesOf(ledger.execute([...parts].reverse())), usual)
      assert.is(bytesOf(ledger.execute(shuffled(random, parts))), usual)
    })
  })
})

test('E1: an author changes nothing by putting its records into other batches, but for roundings between refs', () => {
  forSeeds(20_000, 150, (economy, random) => {
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

/** An economy after all its epochs, with all cells as they stood at the genesis and after each epoch. */
interface Watched {
  readonly seed: number
  readonly ledger: EpochLedger
  readonly acts: readonly PlayedAct[]
  readonly states: readonly ReadonlyMap<ByteKey, Uint8Array>[]
}

let watched: Watched[] | undefined

/** Many tests look at the same economies. */
function forWatched(body: (one: Watched) => void): void {
  watched ??= Array.from({ length: 600 }, (_, i) => {
    const states: Map<ByteKey, Uint8Array>[] = []
    const { ledger, acts } = playEconomy(economyFrom(30_000 + i), ({ state }) => states.push(new Map(state)))
    return { seed: 30_000 + i, ledger, acts, states: [...states, ledger.state] }
  })
  for (const one of watched) {
    try {
      body(one)
    } catch (error) {
      throw new Error(`seed ${one.seed}: ${(error as Error).message}`, { cause: error })
    }
  }
}

test('E2: the money in all cells is the same before and after every epoch, and is what the totals say', () => {
  forWatched(({ ledger, states }) => {
    const supply = sum(Object.values(moneyByKind(states[0]!)))
    for (const [epoch, state] of states.entries()) {
      const money = moneyByKind(state)
      assert.is(sum(Object.values(money)), supply, `supply after epoch ${epoch}`)
      if (epoch === 0) continue
      const { waiting, accrued, treasury } = ledger.results[epoch - 1]!.totals
      assert.equal(
        { waiting, accrued, treasury },
        { waiting: money.w, accrued: money.accrued, treasury: money.treasury },
      )
    }
  })
})

const sum = (amounts: readonly Amount[]): Amount => amounts.reduce((total, amount) => total + amount, 0)

/**
 * µOPEN by where it lies, read from the bytes of the cells alone: an account's balance comes first, a session's deposit and settled
 * sum are its third and last, what waits comes first, bonded, accrued and unbonding are a validator's third, fifth and ninth.
 */
function moneyByKind(state: ReadonlyMap<ByteKey, Uint8Array>): Record<string, Amount> {
  const money = { a: 0, s: 0, w: 0, bonded: 0, unbonding: 0, accrued: 0, treasury: 0 }
  for (const [key, bytes] of state) {
    const cell = decode(bytes) as readonly number[]
    if (key[0] === 'a') money.a += cell[0]!
    if (key[0] === 's') money.s += cell[2]! - cell[6]!
    if (key[0] === 'w') money.w += cell[0]!
    if (key[0] === 'v') {
      money.bonded += cell[2]!
      money.accrued += cell[4]!
      money.unbonding += cell[8]!
    }
    if (key === 'gtreasury') money.treasury = cell as unknown as Amount
  }
  return money
}

test('E2: what is billed comes out as payouts, to the line', () => {
  forWatched(({ ledger }) => {
    const credits = new Map<AccountKey, Amount>()
    for (const { flows, payouts, totals } of ledger.results) {
      assert.is(sum(payouts.map(({ amount }) => amount)), totals.paid)
      assert.is(sum(flows.flatMap(({ payees }) => payees.map(({ fees }) => fees))), totals.fees)
      for (const { account, amount, lines, creditAfter } of payouts) {
        assert.is(sum(lines.map(line => line.amount)), amount)
        assert.is(creditAfter, (credits.get(account) ?? 0) + amount)
        credits.set(account, creditAfter)
      }
    }
    for (const [account, credit] of credits) assert.is(ledger.account(account).credit, credit)
  })
})

test('E1: flows and payouts stand in the one order of their trees', () => {
  forWatched(({ ledger }) => {
    for (const { flows, payouts, outcomes } of ledger.results) {
      assertAscending(flows.map(({ kind, key }) => `${flowKinds.indexOf(kind)}${key}`))
      assertAscending(payouts.map(({ account }) => account))
      assertAscending(outcomes.map(({ author, seq }) => author + String(seq).padStart(6, '0')))
      for (const { lines } of payouts) {
        assertAscending(lines.map(({ role, source }) => `${roles.indexOf(role)}${source}`))
      }
    }
  })
})

function assertAscending(keys: readonly string[]): void {
  for (let i = 1; i < keys.length; i++) assert.ok(keys[i - 1]! < keys[i]!, `item ${i}`)
}

test('usage counts what was paid, by whom and to whom', () => {
  forWatched(({ ledger, acts }) => {
    const payers = new Map(acts.map(({ ref, line }) => [ref, line.author]))
    for (const [i, { payouts, usage }] of ledger.results.entries()) {
      const paid = acts.filter(({ line, outcome }) => line.epoch === i + 1 && outcome === 'paid')
      const inferences = paid.filter(({ line }) => line.kind === 'inference').length
      assert.equal(usage, {
        inferences,
        actions: paid.length - inferences,
        payers: new Set(paid.map(({ line }) => 'session' in line && payers.get(line.session))).size,
        payees: new Set(paid.map(({ line }) => line.author)).size,
        paid: payouts.length,
      })
    }
  })
})

test('E4: each paid record tells what its session had settled with it', () => {
  forWatched(({ ledger, acts }) => {
    const settled = new Map<string, Amount>()
    const expected = acts.flatMap(({ line, outcome }) => {
      if (outcome !== 'paid' || !('fee' in line)) return []
      settled.set(line.session, (settled.get(line.session) ?? 0) + parseOpen(line.fee))
      return [settled.get(line.session)!]
    })
    assert.equal(
      ledger.results.flatMap(({ outcomes }) => outcomes.flatMap(batch => batch.settled)),
      expected,
    )
  })
})

test('E4: a session settles at most what was vouched, of at most what was deposited, and is gone after its last epoch', () => {
  forWatched(({ states }) => {
    for (const [epoch, state] of states.entries()) checkSessions(state, epoch)
  })
})

function checkSessions(state: ReadonlyMap<ByteKey, Uint8Array>, epoch: number): void {
  const due = new Set([...state.keys()].filter(key => key[0] === 'd'))
  let open = 0
  for (const [key, bytes] of state) {
    if (key[0] === 's') {
      const [, , deposit, expires, , total, settled] = decode(bytes) as readonly number[]
      assert.ok(settled! <= total! && total! <= deposit!)
      assert.ok(expires! > epoch, 'outlived its last epoch')
      assert.ok(due.has(duePrefix(expires!, 's') + key.slice(1)), 'a session that no epoch would end')
      open++
    }
    if (key[0] === 'w') {
      const [amount, until] = decode(bytes) as readonly number[]
      assert.ok(amount! > 0 && until! > epoch)
      assert.ok(due.has(duePrefix(until!, 'w') + key.slice(1)), 'waiting money that no epoch would end')
      open++
    }
  }
  const proposals = [...state.keys()].filter(key => key[0] === 'n').length
  assert.is(due.size, open + proposals, 'an end of nothing')
}

test('F4: origins are at most 32, by ref, and weigh no more than all', () => {
  let missing = 0
  forWatched(({ ledger }) => {
    for (const [, cell] of ledger.cells(assetCodec, assetCellKey(''))) {
      if (cell.kind !== 'refinement') continue
      assert.ok(cell.origins.length <= 32)
      assertAscending(cell.origins.map(([ref]) => ref))
      const weight = sum(cell.origins.map(([, part]) => part))
      assert.ok(weight <= ppmWhole && cell.origins.every(([, part]) => part >= 1))
      if (weight < ppmWhole) missing++
    }
  })
  assert.ok(missing > 0, 'no economy had missing weight')
})
