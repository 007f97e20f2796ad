import * as assert from 'uvu/assert'
import type { AccountKey } from '../../../consensus/account.ts'
import type { Amount } from '../../../consensus/amount.ts'
import { toKey } from '../../../consensus/bytes.ts'
import {
  paramsCodec,
  paramsKey,
  setsCodec,
  setsKey,
  treasuryCodec,
  treasuryKey,
} from '../../../consensus/ledger/cells/global.ts'
import { validatorCellKey, validatorCodec } from '../../../consensus/ledger/cells/validator.ts'
import { waitingCellKey, waitingCodec } from '../../../consensus/ledger/cells/waiting.ts'
import { openText } from '../../../src/decimal.ts'
import {
  type PlayedVector,
  playVector,
  type VectorScenario,
  vectorFiles,
  vectorKey,
} from '../../fixtures/ledger-vector.ts'
import { accruedTo, positionsOf } from '../../fixtures/stakes.ts'
import { suite } from '../../harness.ts'

const accountOf = (actor: string): AccountKey => toKey(vectorKey(actor).publicKey)

for (const { rule, validators, scenarios } of vectorFiles()) {
  const test = suite(`ledger/vectors: ${rule}`)
  for (const vector of scenarios) {
    test(vector.name, () => {
      const played = playVector(vector, validators)
      checkOutcomes(vector, played)
      checkAmounts(vector, played)
      checkValidators(vector, played)
      checkPayouts(vector, played)
      checkStake(vector, played)
    })
  }
}

function checkOutcomes({ expect }: VectorScenario, { outcomes }: PlayedVector): void {
  const unexpected = outcomes.filter(
    ({ label, outcome }) => classOf(outcome) !== (expect.outcomes?.[label ?? ''] ?? 'good'),
  )
  assert.equal(unexpected, [])
}

function classOf(outcome: string): string {
  if (outcome === 'done' || outcome === 'paid') return 'good'
  return outcome === 'unpaid' ? 'unpaid' : 'failed'
}

function checkAmounts({ expect }: VectorScenario, { ledger, actors }: PlayedVector): void {
  const credits = actors.map((actor): [string, Amount] => [actor, ledger.account(accountOf(actor)).credit])
  assert.equal(byName(credits), expect.credit, 'credit')
  const waiting = ledger.cells(waitingCodec, waitingCellKey('')).reduce((sum, [, { amount }]) => sum + amount, 0)
  assert.is(openText(waiting), expect.waiting, 'waiting')
  assert.is(openText(ledger.cell(treasuryCodec, treasuryKey)!), expect.treasury, 'treasury')
  for (const [actor, balance] of Object.entries(expect.balance ?? {})) {
    assert.is(openText(ledger.account(accountOf(actor)).balance), balance, `balance of ${actor}`)
  }
}

function checkValidators({ expect }: VectorScenario, { ledger }: PlayedVector): void {
  for (const [actor, accrued] of Object.entries(expect.accrued ?? {})) {
    const account = accountOf(actor)
    assert.is(openText(accruedTo(ledger, account)), accrued, `accrued of ${actor}`)
  }
  if (expect.accruedTotal === undefined) return
  const validators = ledger.cells(validatorCodec, validatorCellKey(''))
  const total = validators.reduce((sum, [, { accrued }]) => sum + accrued, 0)
  assert.is(openText(total), expect.accruedTotal, 'accrued, dust included')
}

function checkPayouts({ expect }: VectorScenario, { ledger, actors }: PlayedVector): void {
  const names = new Map(actors.map(actor => [accountOf(actor), actor]))
  for (const [epoch, expected] of Object.entries(expect.payouts ?? {})) {
    const { payouts } = ledger.results[Number(epoch) - 1]!
    const paid = payouts.map(({ account, amount }): [string, Amount] => [names.get(account) ?? account, amount])
    assert.equal(byName(paid), expected, `payouts of epoch ${epoch}`)
  }
}

function checkStake({ expect }: VectorScenario, { ledger, actors }: PlayedVector): void {
  const names = new Map(actors.map(actor => [accountOf(actor), actor]))
  if (expect.stake !== undefined) {
    const stakes = positionsOf(ledger).map(({ validator, delegator, amount }): [string, Amount] => [
      `${names.get(delegator)} at ${names.get(validator)}`,
      amount,
    ])
    assert.equal(byName(stakes), expect.stake, 'stake')
  }
  const { current, next } = ledger.cell(setsCodec, setsKey)!
  const sets = [...ledger.results.map(({ validators }) => validators), current, next]
  for (const [epoch, expected] of Object.entries(expect.sets ?? {})) {
    const seats = sets[Number(epoch) - 1]!.map(({ account, stake }): [string, Amount] => [names.get(account)!, stake])
    assert.equal(byName(seats), expected, `set of epoch ${epoch}`)
  }
  const params = ledger.cell(paramsCodec, paramsKey)!
  assert.equal({ ...params, ...expect.params }, params, 'params')
}

function byName(amounts: readonly [name: string, amount: Amount][]): Record<string, string> {
  return Object.fromEntries(
    amounts.filter(([, amount]) => amount > 0).map(([name, amount]) => [name, openText(amount)]),
  )
}
