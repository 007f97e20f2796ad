/** What a cut may hold, and what its bytes cost (section 6, T5). */
import * as assert from 'uvu/assert'
import type { Batch } from '../../../consensus/batch.ts'
import { toKey } from '../../../consensus/bytes.ts'
import { newGenesis } from '../../../consensus/genesis.ts'
import { sumsCodec, sumsKey } from '../../../consensus/ledger/cells/sums.ts'
import { validatorCellKey, validatorCodec } from '../../../consensus/ledger/cells/validator.ts'
import { byteFees, CutError, roundBytesMax } from '../../../consensus/ledger/cut-rules.ts'
import type { AuthorPart } from '../../../consensus/ledger/execute.ts'
import { type Params, testnetParams } from '../../../consensus/params.ts'
import { BatchAuthor } from '../../fixtures/batch-author.ts'
import { EpochLedger } from '../../fixtures/epoch-ledger.ts'
import { quickCrypto, quickKey } from '../../fixtures/quick-crypto.ts'
import { suite } from '../../harness.ts'

const test = suite('ledger/cut-rules')

const kib = 1024
const params: Params = { ...testnetParams, bytePrice: 10, maxEpochBytes: 4 * kib * kib }
const part = (bytes: number, balance: number) => ({ author: 'a', bytes, balance })
const isCutError = (code: string) => (error: unknown) => error instanceof CutError && error.code === code

test('bytes cost their price per KiB begun', () => {
  const sizes = [1, kib, kib + 1, 10 * kib]
  assert.equal(
    byteFees(
      params,
      sizes.map(bytes => part(bytes, 1_000)),
    ),
    [10, 10, 20, 100],
  )
  assert.equal(byteFees({ ...params, bytePrice: 0 }, [part(kib * kib, 0)]), [0])
})

test('who can’t pay rides free up to 16 KiB', () => {
  assert.equal(byteFees(params, [part(16 * kib, 159)]), [0])
  assert.equal(byteFees(params, [part(16 * kib, 160)]), [160])
  assert.throws(() => byteFees(params, [part(16 * kib + 1, 160)]), isCutError('cut-unaffordable'))
  assert.equal(byteFees(params, [part(16 * kib + 1, 170)]), [170])
})

test('at most an eighth of a cut rides free', () => {
  const free = Array.from({ length: 32 }, () => part(16 * kib, 0))
  assert.equal(
    byteFees(params, free),
    free.map(() => 0),
  )
  assert.throws(() => byteFees(params, [...free, part(1, 0)]), isCutError('cut-free-bytes'))
  assert.equal(byteFees(params, [...free, part(1, 10)]).at(-1), 10)
})

test('one author has at most a quarter of a cut, and all together a whole', () => {
  const quarter = part(kib * kib, 10 ** 9)
  assert.is(byteFees(params, [quarter, quarter, quarter, quarter]).length, 4)
  assert.throws(() => byteFees(params, [part(kib * kib + 1, 10 ** 9)]), isCutError('cut-author-bytes'))
  assert.throws(() => byteFees(params, [quarter, quarter, quarter, quarter, part(1, 10 ** 9)]), isCutError('cut-bytes'))
})

test('T5: a fresh cut halves with each round, down to 1 MiB', () => {
  const large = { ...params, maxEpochBytes: 32 * kib * kib }
  assert.equal(
    [0, 1, 4, 5, 6, 1_000_000].map(round => roundBytesMax(large, round) / kib / kib),
    [32, 16, 2, 1, 1, 1],
  )
})

const ana = quickKey('ana')
const bo = quickKey('bo')
const val = quickKey('val')

function ledgerWith(changes: Partial<Params>, balance = 1_000_000): EpochLedger {
  const validator = { account: toKey(val.publicKey), key: quickKey('vote').publicKey }
  return new EpochLedger(
    quickCrypto,
    newGenesis({
      name: 'cut',
      time: 0,
      params: { ...testnetParams, ...changes },
      accounts: [[toKey(ana.publicKey), balance]],
      validators: [{ ...validator, stake: 1_000_000, commission: 250_000, name: 'val' }],
    }),
  )
}

const gift = (amount: number) => ({ kind: 'transfer', to: bo.publicKey, amount }) as const

test('F5: what bytes cost goes to the operators, less what a parameter burns', () => {
  const ledger = ledgerWith({ bytePrice: 1_001, burn: 100_000 })
  const author = new BatchAuthor(quickCrypto, ledger.chain, ana)
  author.write([gift(1)])
  const { totals, payouts } = ledger.finalize([author.takePart()!])
  // 1,001 for one KiB begun; 100 burned; of 901 a quarter is commission, 225, and 676 accrue.
  assert.is(ledger.account(author.account).balance, 1_000_000 - 1_001 - 1)
  assert.equal(
    payouts.map(({ account, amount }) => [account, amount]),
    [[toKey(val.publicKey), 225]],
  )
  assert.is(ledger.cell(validatorCodec, validatorCellKey(toKey(val.publicKey)))?.accrued, 676)
  assert.equal([totals.fees, totals.paid, totals.accrued], [0, 225, 676])
  assert.equal(ledger.cell(sumsCodec, sumsKey), { supply: 2_000_000 - 100, waiting: 0, accrued: 676 })
})

test('E1: what bytes cost is spent before any record', () => {
  const ledger = ledgerWith({ bytePrice: 1_000 }, 1_500)
  const author = new BatchAuthor(quickCrypto, ledger.chain, ana)
  author.write([gift(501), gift(500), gift(1)])
  const [batch] = ledger.finalize([author.takePart()!]).outcomes
  assert.equal([...batch!.codes], [19, 0, 19])
  assert.is(ledger.account(author.account).balance, 0)
})

test('E1: who rides free can spend all it has', () => {
  const ledger = ledgerWith({ bytePrice: 1_000_000 }, 999)
  const author = new BatchAuthor(quickCrypto, ledger.chain, ana)
  author.write([gift(999)])
  assert.equal([...ledger.finalize([author.takePart()!]).outcomes[0]!.codes], [0])
})

test('R2: a part follows its author’s chain without gap, and isn’t empty', () => {
  const ledger = ledgerWith({})
  const author = new BatchAuthor(quickCrypto, ledger.chain, ana)
  const [first, second, third] = [1, 2, 3].map(amount => author.write([gift(amount)]))
  const rival = new BatchAuthor(quickCrypto, ledger.chain, ana).write([gift(9)])
  const cut = (...batches: (Batch | undefined)[]): AuthorPart[] => [
    { author: author.account, bytes: 1, batches: () => batches as Batch[] },
  ]
  assert.throws(() => ledger.execute(cut(second)), isCutError('cut-chain'))
  assert.throws(() => ledger.execute(cut(first, third)), isCutError('cut-chain'))
  assert.throws(() => ledger.execute(cut(first, first)), isCutError('cut-chain'))
  assert.throws(() => ledger.execute(cut(rival, second)), isCutError('cut-chain'))
  assert.throws(() => ledger.execute(cut()), isCutError('cut-empty-part'))
  ledger.finalize(cut(first, second))
  const { seq, head } = ledger.account(author.account)
  assert.is(seq, 2)
  assert.ok(head?.equals(second!.cid))
  assert.throws(() => ledger.execute(cut(second)), isCutError('cut-chain'))
  assert.throws(() => ledger.execute(cut()), isCutError('cut-empty-part'))
  assert.is(ledger.finalize(cut(third)).outcomes[0]?.seq, 3)
})
