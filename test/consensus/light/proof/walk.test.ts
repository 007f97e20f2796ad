import * as assert from 'uvu/assert'
import { type AccountKey, accountKeyText } from '../../../../consensus/account.ts'
import { decodeValidatorSet } from '../../../../consensus/agreement/validator-set.ts'
import type { ProvedNode, ProvedRemark } from '../../../../consensus/light/proof/proved-node.ts'
import { walkPayout } from '../../../../consensus/light/proof/walk.ts'
import { ProofError } from '../../../../consensus/merkle/proof-error.ts'
import { refKey } from '../../../../consensus/ref.ts'
import type { Prover } from '../../../../src/proofs/prover.ts'
import { payoutsOfEpoch } from '../../../../src/query/payouts.ts'
import { actorAccount } from '../../../fixtures/ledger-driver.ts'
import { buildProvedLedger } from '../../../fixtures/proved-ledger.ts'
import { booksOf, checkpointOf, nodesOf, trustedEpoch, trustedState, walk } from '../../../fixtures/proving.ts'
import type { SmallLedger } from '../../../fixtures/small-ledger.ts'
import { suite } from '../../../harness.ts'
import { tempFolder } from '../../../src/temp-folder.ts'

const test = suite('light/proof/walk')

let ledger: SmallLedger
/** Keeps the state of every epoch, as no node does. */
let prover: Prover

test.before(async () => {
  const built = await buildProvedLedger(tempFolder())
  ledger = built.ledger
  prover = built.prover
})

test.after(async () => {
  await prover.close()
  await ledger.driver.close()
})

const allAccounts = (): Set<AccountKey> => {
  const { results, genesis } = ledger.driver
  return new Set([
    ...genesis.accounts.map(([account]) => account),
    ...results.flatMap(({ payouts }) => payouts.map(({ account }) => account)),
  ])
}

/** Where nothing was left out, the lines below an amount add up to it. */
function assertAddsUp(root: ProvedNode): void {
  for (const { children, amount, omitted, subject } of nodesOf(root)) {
    if (children.length === 0) continue
    const sum = children.reduce((total, child) => total + child.amount, 0)
    assert.is(omitted, 0)
    assert.is(sum, amount, JSON.stringify(subject))
  }
}

const remarksOf = (root: ProvedNode): Set<ProvedRemark> => new Set([...nodesOf(root)].flatMap(({ remarks }) => remarks))

test('every account’s payout of every epoch is proved down to its records, or proved not to be', async () => {
  const { store } = ledger.driver
  for (let epoch = 1; epoch <= ledger.driver.epoch; epoch++) {
    const { accounts } = await payoutsOfEpoch(store, epoch)
    const paid = new Map(accounts.map(({ account, payout, credit }) => [account, { amount: payout!.amount, credit }]))
    for (const account of allAccounts()) {
      const walked = await walk(store, prover, account, epoch)
      const expected = paid.get(accountKeyText(account))
      if (walked === undefined) assert.is(expected, undefined)
      else {
        assert.equal({ amount: walked.payout.amount, credit: walked.payout.creditAfter }, expected)
        assertAddsUp(walked.root)
      }
    }
  }
})

test('with the state that the very epoch left, whoever is paid as an owner is one', async () => {
  const { store, results } = ledger.driver
  for (const [i, { payouts }] of results.entries()) {
    for (const { account } of payouts) {
      const { root } = (await walkPayout(booksOf(trustedState(store, i + 1), prover), account))!
      assert.not.ok(remarksOf(root).has('owner-changed'), accountKeyText(account))
    }
  }
})

test('an asset that changed hands since is said to have, and its payout stays proved', async () => {
  const { root, payout } = (await walk(ledger.driver.store, prover, actorAccount('bo'), 6))!
  assert.ok(remarksOf(root).has('owner-changed'))
  assert.is(
    payout.amount,
    ledger.driver.results[5]!.payouts.find(({ account }) => account === actorAccount('bo'))!.amount,
  )
})

test('F5: the operators’ list is the validator set of the epoch before, if that is known', async () => {
  const { store, results } = ledger.driver
  const set = decodeValidatorSet(store.blocks.get(checkpointOf(store, 5).validators)!)
  const trusted = trustedEpoch(store, 6)
  const [first] = set
  assert.ok(await walkPayout(booksOf({ ...trusted, previousValidators: set }, prover), first!.account))
  const others = [{ ...first!, stake: first!.stake + 1 }, ...set.slice(1)]
  const books = booksOf({ ...trusted, previousValidators: others }, prover)
  assert.is(await checkOf(() => walkPayout(books, first!.account)), 'list')
  assert.ok(results[5]!.payouts.some(({ account }) => account === first!.account))
})

test('every way through the rules is walked: lists, roles, and what waited', async () => {
  const { store, results } = ledger.driver
  const lists = new Set<string>()
  const roles = new Set<string>()
  for (const [i, { payouts }] of results.entries()) {
    for (const { account } of payouts) {
      for (const { subject } of nodesOf((await walk(store, prover, account, i + 1))!.root)) {
        if (subject.type === 'cause') lists.add(`${subject.from.kind} ${subject.list}`)
        if (subject.type === 'role') roles.add(subject.role)
        if (subject.type === 'attribution') assert.is(subject.ref, refKey(...ledger.refs.attribution))
      }
    }
  }
  assert.equal([...roles].sort(), ['builder', 'executor', 'operator', 'origin', 'owner', 'refiner'])
  for (const list of ['agent fees', 'model fees', 'model uses', 'model unnamed', 'waiting attribution']) {
    assert.ok(lists.has(list), `${list} of ${[...lists].join(', ')}`)
  }
})

test('a state before the epoch can’t tell what its assets are', () => {
  const { store } = ledger.driver
  const trusted = { ...trustedEpoch(store, 6), state: checkpointOf(store, 5) }
  assert.throws(
    () => booksOf(trusted, prover),
    (error: ProofError) => error.check === 'missing',
  )
})

async function checkOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work()
  } catch (error) {
    if (error instanceof ProofError) return error.check
    throw error
  }
  throw new Error('it was believed')
}
