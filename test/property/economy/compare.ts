/** The ledger's books against the oracle's, to the µOPEN. */
import { type AccountKey, accountKeyText, accountText } from '../../../consensus/account.ts'
import type { Validator } from '../../../consensus/agreement/validator-set.ts'
import { toHex, toKey } from '../../../consensus/bytes.ts'
import { setsCodec, setsKey, treasuryCodec, treasuryKey } from '../../../consensus/ledger/cells/global.ts'
import { validatorCellKey, validatorCodec } from '../../../consensus/ledger/cells/validator.ts'
import { waitingCellKey, waitingCodec } from '../../../consensus/ledger/cells/waiting.ts'
import type { EpochResult } from '../../../consensus/ledger/execute.ts'
import type { CreditLine } from '../../../consensus/ledger/flow/payouts.ts'
import { sessionEpochsMax } from '../../../consensus/params.ts'
import { refKeyText } from '../../../consensus/ref.ts'
import { openText } from '../../../src/decimal.ts'
import type { EpochLedger } from '../../fixtures/epoch-ledger.ts'
import { accruedTo, positionsOf } from '../../fixtures/stakes.ts'
import { type Judgement, judge } from '../../oracle/ledger-oracle.ts'
import { accountBytes, type Economy, voteKeys } from './economy.ts'
import { type Played, playEconomy } from './play.ts'

/** All that both sides say, in one shape. */
interface Books {
  readonly outcomes: Readonly<Record<string, string>>
  readonly accounts: Readonly<Record<string, string>>
  readonly validators: Readonly<Record<string, string>>
  /** Stake by delegator and validator. */
  readonly positions: Readonly<Record<string, string>>
  readonly accrued: Readonly<Record<string, string>>
  /** By epoch. */
  readonly sets: Readonly<Record<string, string>>
  /** By epoch. */
  readonly payouts: readonly Readonly<Record<string, string>>[]
  readonly treasury: string
  readonly waiting: string
}

/** The first thing that the two tell differently; undefined where they agree. */
export function disagreement(economy: Economy): string | undefined {
  const played = playEconomy(economy)
  const ledger = ledgerBooks(played, economy)
  const oracle = oracleBooks(judgePlayed(played, economy), played, economy)
  return firstDifference('', ledger, oracle)
}

function firstDifference(path: string, ledger: unknown, oracle: unknown): string | undefined {
  if (typeof ledger !== 'object' || typeof oracle !== 'object' || ledger === null || oracle === null) {
    return ledger === oracle ? undefined : `${path}: the ledger says ${ledger}, the oracle ${oracle}`
  }
  for (const key of new Set([...Object.keys(ledger), ...Object.keys(oracle)])) {
    const [a, b] = [ledger, oracle].map(side => (side as Record<string, unknown>)[key])
    const found = firstDifference(`${path}/${key}`, a, b)
    if (found !== undefined) return found
  }
  return undefined
}

function judgePlayed({ acts }: Played, { params, funds, validators, epochs, signers }: Economy): Judgement {
  const genesis = {
    accounts: Object.fromEntries(funds.map((amount, actor) => [textOf(actor), openText(amount)])),
    validators: validators.map(({ actor, stake, commission }) => ({
      account: textOf(actor),
      stake: openText(stake),
      commission,
      key: toHex(voteKeys[actor]!.publicKey),
    })),
    params: { ...params, sessionEpochsMax: sessionEpochsMax(params) },
  }
  // The oracle takes signatures as good: it doesn't see forged ones.
  const lines = acts.filter(({ act }) => act.forged !== true).map(({ line }) => line)
  return judge(genesis, lines, epochs, epoch => (signers[epoch - 1] ?? []).map(textOf))
}

const textOf = (actor: number): string => accountText(accountBytes(actor))
const keyOf = (actor: number): AccountKey => toKey(accountBytes(actor))

function ledgerBooks({ ledger, acts }: Played, { funds, epochs }: Economy): Books {
  const waiting = ledger.cells(waitingCodec, waitingCellKey(''))
  return {
    outcomes: Object.fromEntries(acts.map(({ act, outcome }) => [act.number, classOf(outcome)])),
    accounts: Object.fromEntries(funds.map((_, actor) => [textOf(actor), accountOf(ledger, actor)])),
    validators: Object.fromEntries(
      ledger.cells(validatorCodec, validatorCellKey('')).map(([account, cell]) => {
        return [accountKeyText(account), validatorText(cell)]
      }),
    ),
    positions: Object.fromEntries(
      positionsOf(ledger).map(({ validator, delegator, amount }) => [
        `${accountKeyText(delegator)} at ${accountKeyText(validator)}`,
        `${amount}`,
      ]),
    ),
    accrued: Object.fromEntries(funds.map((_, actor) => [textOf(actor), `${accruedTo(ledger, keyOf(actor))}`])),
    sets: ledgerSets(ledger),
    payouts: ledger.results.slice(0, epochs).map(payoutsOf),
    treasury: `${ledger.cell(treasuryCodec, treasuryKey)}`,
    waiting: `${waiting.reduce((sum, [, { amount }]) => sum + amount, 0)}`,
  }
}

type Held = Readonly<Record<'bonded' | 'unbonding' | 'accrued', number | bigint>>

const validatorText = ({ bonded, unbonding, accrued }: Held): string =>
  `${bonded} bonded, ${unbonding} unbonding, ${accrued} accrued`

function ledgerSets(ledger: EpochLedger): Record<string, string> {
  const { current, next } = ledger.cell(setsCodec, setsKey)!
  const sets = [...ledger.results.map(({ validators }) => validators), current, next]
  return Object.fromEntries(sets.map((set, i) => [i + 1, set.map(voterText).join(', ')]))
}

const voterText = ({ account, key, stake }: Validator): string =>
  seatText({ account: accountKeyText(account), key: toHex(key), stake })

const seatText = (seat: { account: string; key: string; stake: number | bigint }): string =>
  `${seat.account} with ${seat.key}: ${seat.stake}`

function accountOf(ledger: EpochLedger, actor: number): string {
  const { balance, credit } = ledger.account(String.fromCharCode(...accountBytes(actor)))
  return `${balance}, earned ${credit}`
}

function classOf(outcome: string): string {
  return outcome === 'done' || outcome === 'paid' || outcome === 'unpaid' ? outcome : 'failed'
}

function payoutsOf({ payouts }: EpochResult): Record<string, string> {
  return Object.fromEntries(
    payouts.map(({ account, amount, lines }) => [
      accountKeyText(account),
      payoutText(
        amount,
        lines.map(line => [line.role, sourceText(line), line.amount]),
      ),
    ]),
  )
}

const sourceText = ({ role, source }: CreditLine): string =>
  role === 'operator' || role === 'delegator' ? accountKeyText(source) : refKeyText(source)

type Line = readonly [role: string, source: string, amount: number | bigint]

function payoutText(amount: number | bigint, lines: readonly Line[]): string {
  const texts = lines.map(([role, source, part]) => `${role} ${source} ${part}`)
  return `${amount} = ${texts.sort().join(' + ')}`
}

function oracleBooks(judgement: Judgement, { acts }: Played, { funds, epochs }: Economy): Books {
  const accounts = funds.map((_, actor) => {
    const { balance = 0n, credit = 0n } = judgement.accounts.get(textOf(actor)) ?? {}
    return [textOf(actor), `${balance}, earned ${credit}`]
  })
  return {
    outcomes: Object.fromEntries(
      acts.map(({ act, ref }) => [act.number, judgement.outcomes.get(ref)?.outcome ?? 'failed']),
    ),
    accounts: Object.fromEntries(accounts),
    validators: Object.fromEntries(
      [...judgement.validators].map(([account, validator]) => [account, validatorText(validator)]),
    ),
    positions: Object.fromEntries(
      [...judgement.validators].flatMap(([validator, { positions }]) =>
        [...positions].map(([delegator, amount]) => [`${delegator} at ${validator}`, `${amount}`]),
      ),
    ),
    accrued: Object.fromEntries(
      funds.map((_, actor) => [textOf(actor), `${judgement.accrued.get(textOf(actor)) ?? 0n}`]),
    ),
    sets: Object.fromEntries([...judgement.sets].map(([epoch, seats]) => [epoch, seats.map(seatText).join(', ')])),
    payouts: Array.from({ length: epochs }, (_, i) =>
      Object.fromEntries(
        [...judgement.payouts.get(i + 1)!].map(([account, { amount, lines }]) => [
          account,
          payoutText(
            amount,
            lines.map(line => [line.role, line.source, line.amount]),
          ),
        ]),
      ),
    ),
    treasury: `${judgement.treasury}`,
    waiting: `${judgement.waiting}`,
  }
}
