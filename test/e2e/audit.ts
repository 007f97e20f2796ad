/** Judges a data folder at rest by the independent oracle; all but who was in office is read through the program alone. */
import { dirname, join } from 'node:path'
import * as assert from 'uvu/assert'
import type { PayoutLine } from '../../src/cli/commands/payouts.ts'
import type { Summary } from '../../src/testnet/summary.ts'
import { formatOpen, sum } from '../oracle/amount.ts'
import { type Judgement, judge } from '../oracle/ledger-oracle.ts'
import type { Account, RecordLine } from '../oracle/records.ts'
import type { OracleParams } from '../oracle/state.ts'
import { checkOffice } from './office.ts'
import { answer, exported } from './program.ts'

export type ExportedRecord = RecordLine & { readonly outcome: string; readonly code?: string; readonly label?: string }

export interface ExportedPayout {
  readonly epoch: number
  readonly account: Account
  readonly amount: string
  readonly lines: readonly { readonly role: string; readonly source: string; readonly amount: string }[]
}

interface GenesisAnswer {
  readonly accounts: Readonly<Record<Account, string>>
  readonly validators: readonly {
    readonly account: Account
    readonly key: string
    readonly stake: string
    readonly commission: number
  }[]
  readonly params: Partial<OracleParams>
}

export interface Payouts {
  readonly epoch: number
  readonly accounts: readonly PayoutLine[]
}

/** What one node says, all of it compared with the oracle to the µOPEN. Answers the records that it judged. */
export async function auditWithOracle(
  { epochs, supply }: Pick<Summary, 'epochs' | 'supply'>,
  data: string,
): Promise<ExportedRecord[]> {
  const genesis = await answer<GenesisAnswer>(['genesis', 'show', join(dirname(data), 'genesis.cbor')])
  const records = await exported<ExportedRecord>('records', data)
  const signers = await signersByEpoch(data)
  // T13: an epoch's checkpoint names the certificate of the one before.
  const judgement = judge(genesis, records, epochs, epoch => signers.get(epoch - 1) ?? [])
  checkOutcomes(records, judgement)
  checkAccounts(await answer<Payouts>(['payouts', '--data', data]), judgement)
  checkPayouts(await exported<ExportedPayout>('payouts', data), judgement, epochs)
  await checkOffice(judgement, data, epochs)
  const accrued = sum([...judgement.validators.values()].map(validator => validator.accrued))
  assert.equal(
    { treasury: supply.treasury, waiting: supply.waiting, accrued: supply.accrued },
    {
      treasury: formatOpen(judgement.treasury),
      waiting: formatOpen(judgement.waiting),
      accrued: formatOpen(accrued),
    },
  )
  return records
}

async function signersByEpoch(data: string): Promise<Map<number, Account[]>> {
  const lines = await exported<{ epoch: number; signers: { account: Account }[] }>('checkpoints', data)
  return new Map(lines.map(({ epoch, signers }) => [epoch, signers.map(({ account }) => account)]))
}

function checkOutcomes(records: readonly ExportedRecord[], { outcomes }: Judgement): void {
  const different = records
    .map(({ ref, outcome, code }) => ({ ref, outcome, code, judged: outcomes.get(ref) }))
    .filter(({ outcome, judged }) => outcome !== judged?.outcome)
  assert.equal(different.slice(0, 5), [])
}

function checkAccounts({ accounts }: Payouts, judgement: Judgement): void {
  const told = new Map(accounts.map(line => [line.account, line]))
  const judged = new Set<Account>([...told.keys(), ...judgement.accounts.keys(), ...judgement.accrued.keys()])
  const different = [...judged].flatMap(account => {
    const { balance, credit, accrued } = told.get(account) ?? { balance: '0', credit: '0', accrued: '0' }
    const oracle = {
      balance: formatOpen(judgement.accounts.get(account)?.balance ?? 0n),
      credit: formatOpen(judgement.accounts.get(account)?.credit ?? 0n),
      accrued: formatOpen(judgement.accrued.get(account) ?? 0n),
    }
    const same = balance === oracle.balance && credit === oracle.credit && accrued === oracle.accrued
    return same ? [] : [{ account, told: { balance, credit, accrued }, oracle }]
  })
  assert.equal(different.slice(0, 5), [])
}

type Line = ExportedPayout['lines'][number]

function checkPayouts(lines: readonly ExportedPayout[], { payouts }: Judgement, epochs: number): void {
  const byEpoch = Map.groupBy(lines, line => line.epoch)
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const told = new Map(
      (byEpoch.get(epoch) ?? []).map(payout => [payout.account, payoutText(payout.amount, payout.lines)]),
    )
    const judged = new Map(
      [...(payouts.get(epoch) ?? [])].map(([account, payout]) => [
        account,
        payoutText(
          formatOpen(payout.amount),
          payout.lines.map(line => ({ ...line, amount: formatOpen(line.amount) })),
        ),
      ]),
    )
    const accounts = new Set([...told.keys(), ...judged.keys()])
    const different = [...accounts].filter(account => told.get(account) !== judged.get(account))
    assert.equal(
      different.slice(0, 3).map(account => ({ epoch, account, told: told.get(account), judged: judged.get(account) })),
      [],
    )
  }
}

function payoutText(amount: string, lines: readonly Line[]): string {
  return [amount, ...lines.map(line => `${line.role} ${line.source} ${line.amount}`).sort()].join('\n')
}
