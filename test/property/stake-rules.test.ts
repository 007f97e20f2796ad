/** What holds for stake in every economy, read from the bytes of the cells alone. */
import * as assert from 'uvu/assert'
import type { ValidatorSet } from '../../consensus/agreement/validator-set.ts'
import { type ByteKey, toHex, toKey } from '../../consensus/bytes.ts'
import { decode } from '../../consensus/cbor/decode.ts'
import type { EpochLedger } from '../fixtures/epoch-ledger.ts'
import { positionsOf, unbondingOf, validatorOf } from '../fixtures/stakes.ts'
import { suite } from '../harness.ts'
import { economyFrom } from './economy/generator.ts'
import { type Played, playEconomy } from './economy/play.ts'

const test = suite('property: stake')

interface Watched extends Played {
  readonly seed: number
  /** Cells at the genesis and after each epoch. */
  readonly states: readonly ReadonlyMap<ByteKey, Uint8Array>[]
}

let watched: Watched[] | undefined

/** Many tests look at the same economies. */
function forWatched(body: (one: Watched) => void): void {
  watched ??= Array.from({ length: 250 }, (_, i) => {
    const states: Map<ByteKey, Uint8Array>[] = []
    const played = playEconomy(economyFrom(40_000 + i), ({ state }) => states.push(new Map(state)))
    return { seed: 40_000 + i, ...played, states: [...states, played.ledger.state] }
  })
  for (const one of watched) {
    try {
      body(one)
    } catch (error) {
      throw new Error(`seed ${one.seed}: ${(error as Error).message}`, { cause: error })
    }
  }
}

type Cells = ReadonlyMap<ByteKey, Uint8Array>

/** Cells of a kind, each a list. */
function cellsOf(state: Cells, prefix: string): Map<ByteKey, readonly unknown[]> {
  const found = [...state].filter(([key]) => key[0] === prefix)
  return new Map(found.map(([key, bytes]) => [key.slice(1), decode(bytes) as readonly unknown[]]))
}

test('F5: the index of a validator never falls', () => {
  forWatched(({ states }) => {
    for (const [i, state] of states.entries()) {
      if (i === 0) continue
      const after = cellsOf(state, 'v')
      for (const [account, cell] of cellsOf(states[i - 1]!, 'v')) {
        assert.ok(toHex(cell[3] as Uint8Array) <= toHex(after.get(account)![3] as Uint8Array), `epoch ${i}`)
      }
    }
  })
})

test('T13: positions and entries are at most what their validator holds for them, and are as many as it counts', () => {
  let slashed = 0
  forWatched(({ ledger }) => {
    const accounts = [...cellsOf(ledger.state, 'v').keys()]
    for (const account of accounts) {
      const cell = validatorOf(ledger, account)
      const positions = positionsOf(ledger).filter(({ validator }) => validator === account)
      const entries = unbondingOf(ledger).filter(({ validator }) => validator === account)
      assert.is(positions.length, cell.positions)
      assert.is(entries.length, cell.unbondings)
      const dust = cell.bonded - sumOf(positions)
      assert.ok(dust >= 0 && (cell.slashes > 0 || dust === 0), `${dust} bonded of nobody`)
      const rest = cell.unbonding - sumOf(entries)
      assert.ok(rest >= 0 && (cell.slashes > 0 || rest === 0), `${rest} unbonding of nobody`)
      assert.ok(cell.accrued >= positions.reduce((sum, { earned }) => sum + earned, 0))
      slashed += cell.slashes
    }
  })
  assert.ok(slashed > 0, 'no economy had a slash')
})

const sumOf = (parts: readonly { readonly amount: number }[]) => parts.reduce((sum, { amount }) => sum + amount, 0)

test('T13: from one set to the next at most a sixth of the stake changes', () => {
  let changes = 0
  forWatched(({ ledger }) => {
    const sets = setsOf(ledger)
    for (const [i, set] of sets.entries()) {
      if (i === 0) continue
      const before = sets[i - 1]!
      const total = before.reduce((sum, { stake }) => sum + stake, 0)
      const change = changed(before, set)
      // Of the last µOPEN that is left in a set, there is nothing to protect.
      assert.ok(
        total <= 1 || change <= Math.max(1, Math.floor(total / 6)),
        `${change} of ${total} before epoch ${i + 1}`,
      )
      if (change > 0) changes++
    }
  })
  assert.ok(changes > 100, `only ${changes} changes of sets`)
})

/** Of epoch i + 1, the two after the last included. */
function setsOf({ results, state }: EpochLedger): ValidatorSet[] {
  const [, current, next] = decode(state.get('gsets')!) as readonly Uint8Array[]
  const decoded = [current!, next!].map(block =>
    (decode(block) as [Uint8Array, Uint8Array, number][]).map(([account, key, stake]) => ({
      account: toKey(account),
      key,
      stake,
    })),
  )
  return [...results.map(({ validators }) => validators), ...decoded]
}

function changed(before: ValidatorSet, after: ValidatorSet): number {
  const stakes = new Map(before.map(({ account, key, stake }) => [account + toKey(key), stake]))
  for (const { account, key, stake } of after) {
    stakes.set(account + toKey(key), (stakes.get(account + toKey(key)) ?? 0) - stake)
  }
  return [...stakes.values()].reduce((sum, stake) => sum + Math.abs(stake), 0)
}

test('T13: a banned key gains no stake in any set that is elected, and stays banned', () => {
  let banned = 0
  forWatched(({ ledger, states }) => {
    const sets = setsOf(ledger)
    const atEnd = cellsOf(ledger.state, 'k')
    for (const [epoch, state] of states.entries()) {
      for (const [voteKey, [, , , isBanned]] of cellsOf(state, 'k')) {
        if (isBanned !== true) continue
        banned++
        // What this epoch elects comes after the set of the next epoch.
        const stakes = sets.slice(epoch).map(set => set.find(({ key }) => toKey(key) === voteKey)?.stake ?? 0)
        assert.ok(stakes.every((stake, i) => i === 0 || stake <= stakes[i - 1]!))
        assert.is(atEnd.get(voteKey)![3], true)
      }
    }
  })
  assert.ok(banned > 0, 'no economy had an offence')
})

test('T13: each (vote key, epoch) that was proven is punished, and noted once', () => {
  forWatched(({ acts, states }) => {
    const done = acts.filter(({ act, outcome }) => act.draft.kind === 'evidence' && outcome === 'done')
    const offences = new Set(done.map(({ line }) => `${(line as { key?: string }).key} ${epochOf(line)}`))
    assert.is(cellsOf(states.at(-1)!, 'o').size, offences.size)
  })
})

const epochOf = (line: object): number => (line as { first: { epoch: number } }).first.epoch

test('a proposal’s cell, its ballots and its author’s note end together', () => {
  forWatched(({ ledger, acts }) => {
    const proposals = cellsOf(ledger.state, 'n')
    const noted = [...cellsOf(ledger.state, 'v').values()].flatMap(cell => (cell[12] === null ? [] : [cell[12]]))
    assert.equal(noted.map(ref => toKey(ref as Uint8Array)).sort(), [...proposals.keys()].sort())
    for (const key of cellsOf(ledger.state, 'b').keys()) assert.ok(proposals.has(key.slice(0, 34)))
    const made = acts.filter(({ act, outcome }) => act.draft.kind === 'proposal' && outcome === 'done')
    assert.is(proposals.size, made.length)
  })
})
