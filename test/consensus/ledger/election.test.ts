/** T13: what vectors with named actors can't say: order by account, absence, keys that two publish. */
import * as assert from 'uvu/assert'
import type { AccountKey } from '../../../consensus/account.ts'
import { toKey } from '../../../consensus/bytes.ts'
import { newGenesis } from '../../../consensus/genesis.ts'
import { outcomeName } from '../../../consensus/ledger/outcome.ts'
import { type Params, testnetParams } from '../../../consensus/params.ts'
import type { LedgerRecord } from '../../../consensus/records/registry.ts'
import { possessionBytes } from '../../../consensus/records/validator.ts'
import { BatchAuthor } from '../../fixtures/batch-author.ts'
import { EpochLedger } from '../../fixtures/epoch-ledger.ts'
import { quickCrypto, quickKey } from '../../fixtures/quick-crypto.ts'
import { validatorOf } from '../../fixtures/stakes.ts'
import { suite } from '../../harness.ts'

const test = suite('ledger/election')

const open = 1_000_000
const people = Array.from({ length: 6 }, (_, i) => quickKey(`person ${i}`))
/** In account order. */
const accounts = people.map(({ publicKey }) => toKey(publicKey)).sort()
const keyOf = (account: AccountKey) => people.find(({ publicKey }) => toKey(publicKey) === account)!
const voteKeyOf = (account: AccountKey) => quickKey(`vote ${accounts.indexOf(account)}`)

class World {
  readonly ledger: EpochLedger
  readonly #authors = new Map<AccountKey, BatchAuthor>()

  /** The first accounts are validators with these stakes in OPEN; all have 10,000 OPEN beside. */
  constructor(stakes: readonly number[], params: Partial<Params> = {}) {
    const genesis = newGenesis({
      name: 'election',
      time: 0,
      params: { ...testnetParams, ...params },
      accounts: accounts.map(account => [account, 10_000 * open]),
      validators: stakes.map((stake, i) => ({
        account: accounts[i]!,
        key: voteKeyOf(accounts[i]!).publicKey,
        stake: stake * open,
        commission: 0,
        name: `${i}`,
      })),
    })
    this.ledger = new EpochLedger(quickCrypto, genesis)
  }

  /** One epoch in which these accounts write these records; what became of them, by account. */
  epoch(records: Readonly<Record<number, readonly LedgerRecord[]>> = {}, signers: readonly number[] = []): string[] {
    const parts = Object.entries(records).map(([number, written]) => {
      const author = this.#author(accounts[Number(number)]!)
      author.write(written)
      return author.takePart()!
    })
    const result = this.ledger.finalize(
      parts,
      signers.map(number => accounts[number]!),
    )
    return result.outcomes.flatMap(({ codes }) => [...codes].map(code => outcomeName(code)!))
  }

  registration(number: number, voteKey = voteKeyOf(accounts[number]!)): LedgerRecord {
    const bytes = possessionBytes(this.ledger.chain, accounts[number]!)
    return { kind: 'validator', key: voteKey.publicKey, possession: voteKey.sign(bytes), commission: 0, name: 'n' }
  }

  stake(number: number, amount: number): LedgerRecord {
    return { kind: 'stake', validator: keyOf(accounts[number]!).publicKey, amount: amount * open }
  }

  /** Who votes in the next epoch but one, with its stake in OPEN. */
  elected(): (readonly [number, number])[] {
    const { nextValidators } = this.ledger.execute([])
    return nextValidators.map(({ account, stake }) => [accounts.indexOf(account), stake / open] as const)
  }

  #author(account: AccountKey): BatchAuthor {
    const known = this.#authors.get(account)
    if (known !== undefined) return known
    const author = new BatchAuthor(quickCrypto, this.ledger.chain, keyOf(account))
    this.#authors.set(account, author)
    return author
  }
}

test('T13: of equal stakes the lower account is elected', () => {
  const stays = new World([6_000, 1_000], { maxValidators: 2 })
  stays.epoch({ 2: [stays.registration(2), stays.stake(2, 1_000)] })
  assert.equal(stays.elected(), [
    [0, 6_000],
    [1, 1_000],
  ])
  const leaves = new World([1_000, 1_000], { maxValidators: 2 })
  leaves.epoch({ 2: [leaves.registration(2), leaves.stake(2, 1_001)] })
  // It leaves with half of a sixth, and the other one comes when there is room.
  assert.equal(leaves.elected(), [
    [0, 1_000],
    [1, 833.333333],
  ])
})

test('T13: who was in no certificate for 8,640 epochs leaves, until it publishes again', () => {
  const world = new World([1_000, 1_000, 1_000])
  world.epoch({}, [0, 1, 2])
  world.ledger.skip(8_637)
  world.epoch({}, [0, 1])
  assert.is(world.ledger.epoch, 8_639)
  assert.is(world.elected().length, 3)
  world.epoch({}, [0])
  assert.is(world.elected().length, 3, 'seen 8,639 epochs ago')
  world.epoch({}, [0, 1])
  assert.equal(world.elected(), [
    [0, 1_000],
    [1, 1_000],
    [2, 500],
  ])
  assert.equal(world.epoch({ 2: [world.registration(2)] }, [0, 1]), ['done'])
  // A sixth of 2,500.
  assert.equal(world.elected()[2], [2, 916.666666])
})

test('T13: of two that publish one key in an epoch the lower account has it, in whatever order they come', () => {
  for (const order of [
    [4, 5],
    [5, 4],
  ]) {
    const world = new World([1_000])
    const key = quickKey('shared')
    const records = Object.fromEntries(order.map(number => [number, [world.registration(number, key)]]))
    assert.equal(world.epoch(records), ['done', 'done'])
    assert.equal(validatorOf(world.ledger, accounts[4]!).key, key.publicKey)
    assert.is(validatorOf(world.ledger, accounts[5]!).key, null)
    assert.equal(world.epoch({ 5: [world.registration(5, key)] }), ['key-taken'])
    assert.equal(world.epoch({ 5: [world.registration(5)] }), ['done'])
    assert.equal(validatorOf(world.ledger, accounts[5]!).key, voteKeyOf(accounts[5]!).publicKey)
  }
})

test('T13: an account may come back to a key of its own', () => {
  const world = new World([1_000, 1_000])
  assert.equal(world.epoch({ 1: [world.registration(1, quickKey('second'))] }), ['done'])
  assert.equal(world.epoch({ 1: [world.registration(1)] }), ['done'])
  assert.equal(validatorOf(world.ledger, accounts[1]!).key, voteKeyOf(accounts[1]!).publicKey)
})
