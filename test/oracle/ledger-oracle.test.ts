import { readdirSync, readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { suite } from '../harness.ts'
import { formatOpen, sum } from './amount.ts'
import { type Judgement, judge } from './ledger-oracle.ts'
import type { Account } from './records.ts'
import { accountOf, type Played, play, type ScenarioLine } from './scenario.ts'
import type { OracleParams } from './state.ts'

interface Expectation {
  readonly credit: Readonly<Record<string, string>>
  readonly treasury: string
  readonly waiting: string
  readonly balance?: Readonly<Record<string, string>>
  readonly accrued?: Readonly<Record<string, string>>
  readonly accruedTotal?: string
  readonly payouts?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly outcomes?: Readonly<Record<string, string>>
  readonly stake?: Readonly<Record<string, string>>
  readonly sets?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly params?: Partial<OracleParams>
}

interface Validator {
  readonly actor: string
  readonly stake: string
  readonly commission: number
}

interface Scenario {
  readonly name: string
  readonly validators?: readonly Validator[]
  readonly params?: Partial<OracleParams>
  readonly epochs?: number
  readonly leaps?: readonly (readonly [after: number, epochs: number])[]
  readonly lines: readonly ScenarioLine[]
  readonly expect: Expectation
}

const VECTORS = new URL('../vectors/ledger/', import.meta.url)

for (const file of readdirSync(VECTORS).filter(name => name.endsWith('.json'))) {
  const vectors: { rule: string; validators: Validator[]; scenarios: Scenario[] } = JSON.parse(
    readFileSync(new URL(file, VECTORS), 'utf8'),
  )
  const test = suite(`oracle: ${vectors.rule}`)
  for (const scenario of vectors.scenarios) {
    test(scenario.name, () => {
      const played = play(scenario.lines, scenario.leaps)
      const barriers = scenario.lines.filter(line => line.do === 'wait').length
      assert.is(played.stages, barriers + 1, 'a line waited for another one of its own epoch')
      const judgement = judgeScenario(scenario, played, vectors.validators)
      checkOutcomes(scenario, played, judgement)
      checkAmounts(scenario, played, judgement, scenario.validators ?? vectors.validators)
    })
  }
}

function judgeScenario(scenario: Scenario, played: Played, usual: readonly Validator[]): Judgement {
  const validators = (scenario.validators ?? usual).map(({ actor, stake, commission }) => ({
    account: accountOf(actor),
    stake,
    commission: Math.round(commission * 1e6),
  }))
  const genesis = { accounts: played.funds, validators, params: scenario.params ?? {} }
  return judge(genesis, played.records, Math.max(played.epochs, scenario.epochs ?? 0))
}

function checkOutcomes(scenario: Scenario, played: Played, judgement: Judgement): void {
  const labels = new Map([...played.refs].map(([label, ref]) => [ref, label]))
  const unexpected = [...judgement.outcomes].flatMap(([ref, { outcome, reason }]) => {
    const label = labels.get(ref) ?? ref
    const expected = scenario.expect.outcomes?.[label]
    const fine = expected === undefined ? played.ownVouchers.has(ref) || isGood(outcome) : outcome === expected
    return fine ? [] : [{ label, outcome, reason, expected: expected ?? 'done or paid' }]
  })
  assert.equal(unexpected, [])
}

const isGood = (outcome: string): boolean => outcome === 'done' || outcome === 'paid'

function checkAmounts(
  scenario: Scenario,
  played: Played,
  judgement: Judgement,
  validators: readonly Validator[],
): void {
  const { expect } = scenario
  const names = new Map([...played.accounts].map(([actor, account]) => [account, actor]))
  for (const { actor } of validators) names.set(accountOf(actor), actor)
  const byName = (amounts: Iterable<readonly [Account, bigint]>): Record<string, string> =>
    Object.fromEntries([...amounts].map(([account, amount]) => [names.get(account) ?? account, formatOpen(amount)]))
  const accounts = [...judgement.accounts]
  const credits = accounts.filter(([, { credit }]) => credit > 0n)
  assert.equal(byName(credits.map(([account, { credit }]) => [account, credit])), expect.credit, 'credit')
  assert.is(formatOpen(judgement.treasury), expect.treasury, 'treasury')
  assert.is(formatOpen(judgement.waiting), expect.waiting, 'waiting')
  for (const [actor, balance] of Object.entries(expect.balance ?? {})) {
    assert.is(formatOpen(judgement.accounts.get(accountOf(actor))?.balance ?? 0n), balance, `balance of ${actor}`)
  }
  for (const [actor, accrued] of Object.entries(expect.accrued ?? {})) {
    assert.is(formatOpen(judgement.accrued.get(accountOf(actor)) ?? 0n), accrued, `accrued of ${actor}`)
  }
  if (expect.accruedTotal !== undefined) {
    const whole = sum([...judgement.validators.values()].map(validator => validator.accrued))
    assert.is(formatOpen(whole), expect.accruedTotal, 'accrued, dust included')
  }
  checkStake(scenario, judgement, names)
  for (const [epoch, payouts] of Object.entries(expect.payouts ?? {})) {
    const paid = [...(judgement.payouts.get(Number(epoch)) ?? [])]
    assert.equal(byName(paid.map(([account, { amount }]) => [account, amount])), payouts, `payouts of epoch ${epoch}`)
  }
}

function checkStake({ expect }: Scenario, judgement: Judgement, names: ReadonlyMap<Account, string>): void {
  if (expect.stake !== undefined) {
    const stakes = [...judgement.validators].flatMap(([validator, { positions }]) =>
      [...positions].map(([delegator, amount]) => [
        `${names.get(delegator)} at ${names.get(validator)}`,
        formatOpen(amount),
      ]),
    )
    assert.equal(Object.fromEntries(stakes), expect.stake, 'stake')
  }
  for (const [epoch, expected] of Object.entries(expect.sets ?? {})) {
    const seats = judgement.sets
      .get(Number(epoch))!
      .map(({ account, stake }) => [names.get(account), formatOpen(stake)])
    assert.equal(Object.fromEntries(seats), expected, `set of epoch ${epoch}`)
  }
  assert.equal({ ...judgement.params, ...expect.params }, judgement.params, 'params')
}
