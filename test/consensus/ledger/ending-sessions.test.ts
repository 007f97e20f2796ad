/** E4: sessions that end by themselves, where more are over than may end in one epoch. */
import * as assert from 'uvu/assert'
import { toKey } from '../../../consensus/bytes.ts'
import { newGenesis } from '../../../consensus/genesis.ts'
import { accountCellKey, accountCodec } from '../../../consensus/ledger/cells/account.ts'
import { overdueCodec, overdueKey } from '../../../consensus/ledger/cells/global.ts'
import { sessionCellKey, sessionCodec } from '../../../consensus/ledger/cells/session.ts'
import { sessionsEndedMax } from '../../../consensus/ledger/ending-sessions.ts'
import { outcomeName } from '../../../consensus/ledger/outcome.ts'
import { testnetParams } from '../../../consensus/params.ts'
import type { LedgerRecord } from '../../../consensus/records/registry.ts'
import { batchRecordsMax } from '../../../consensus/ref.ts'
import { BatchAuthor } from '../../fixtures/batch-author.ts'
import { EpochLedger } from '../../fixtures/epoch-ledger.ts'
import { quickCrypto, quickKey } from '../../fixtures/quick-crypto.ts'
import { suite } from '../../harness.ts'

const test = suite('ledger/ending-sessions')

const payee = quickKey('eve').publicKey
const account = toKey(quickKey('uma').publicKey)
const balance = 1_000_000
const genesis = newGenesis({
  name: 'sessions',
  time: 0,
  params: testnetParams,
  accounts: [[account, balance]],
  validators: [
    {
      account: toKey(quickKey('val').publicKey),
      key: quickKey('vote').publicKey,
      stake: 1,
      commission: 0,
      name: 'val',
    },
  ],
})

const session = (expires: number): LedgerRecord => ({ kind: 'session', payee, deposit: 1, expires })

/** A payer with `early` sessions that end with epoch 2 and `late` ones that end with epoch 3, as epoch 1 leaves it. */
function begin(early: number, late: number) {
  const ledger = new EpochLedger(quickCrypto, genesis)
  const uma = new BatchAuthor(quickCrypto, ledger.chain, quickKey('uma'))
  const eve = new BatchAuthor(quickCrypto, ledger.chain, quickKey('eve'))
  const records = [...new Array(early).fill(session(2)), ...new Array(late).fill(session(3))]
  for (let at = 0; at < records.length; at += batchRecordsMax) uma.write(records.slice(at, at + batchRecordsMax))
  ledger.finalize([uma.takePart()!])
  const stand = () => ({
    open: ledger.cells(sessionCodec, sessionCellKey('')).length,
    balance: ledger.cell(accountCodec, accountCellKey(account))!.balance,
    overdue: ledger.cell(overdueCodec, overdueKey),
  })
  return { ledger, eve, stand }
}

test('E4: more sessions than may end in one epoch end one epoch after the other, the oldest first', () => {
  const { ledger, stand } = begin(sessionsEndedMax + 5, 3)
  ledger.finalize([])
  assert.equal(stand(), { open: 8, balance: balance - 8, overdue: 2 })
  const left = ledger.cells(sessionCodec, sessionCellKey('')).map(([, { expires }]) => expires)
  assert.equal(left.sort(), [2, 2, 2, 2, 2, 3, 3, 3])
  ledger.finalize([])
  assert.equal(stand(), { open: 0, balance, overdue: undefined })
})

test('E4: as many as may end leave nothing over', () => {
  const { ledger, stand } = begin(sessionsEndedMax, 0)
  ledger.finalize([])
  assert.equal(stand(), { open: 0, balance, overdue: undefined })
})

test('E4: a session that is over and waits for its end can only be closed', () => {
  const { ledger, eve, stand } = begin(sessionsEndedMax + 2, 0)
  ledger.finalize([])
  const [[ref]] = ledger.cells(sessionCodec, sessionCellKey('')) as [[string, unknown]]
  const [batch] = ledger.results[0]!.outcomes.filter(({ batch: { digestKey } }) => ref.startsWith(digestKey))
  const named = [batch!.batch, ref.charCodeAt(32) * 256 + ref.charCodeAt(33)] as const
  eve.write([
    { kind: 'voucher', session: named, total: 1, signature: new Uint8Array(64) },
    { kind: 'close', session: named },
  ])
  const { outcomes } = ledger.finalize([eve.takePart()!])
  assert.equal([...outcomes[0]!.codes].map(outcomeName), ['session-over', 'done'])
  assert.equal(stand(), { open: 0, balance, overdue: undefined })
})
