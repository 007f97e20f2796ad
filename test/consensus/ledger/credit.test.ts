import * as assert from 'uvu/assert'
import { toKey } from '../../../consensus/bytes.ts'
import { newGenesis } from '../../../consensus/genesis.ts'
import { accountCellKey, accountCodec, creditMax } from '../../../consensus/ledger/cells/account.ts'
import { encodeCell } from '../../../consensus/ledger/cells/cell.ts'
import { testnetParams } from '../../../consensus/params.ts'
import { BatchAuthor } from '../../fixtures/batch-author.ts'
import { EpochLedger } from '../../fixtures/epoch-ledger.ts'
import { quickCrypto, quickKey } from '../../fixtures/quick-crypto.ts'
import { suite } from '../../harness.ts'

const test = suite('ledger/credit')

/** A ledger whose only validator takes what bytes cost as its commission: 1,000 µOPEN in each epoch. */
function earning(creditBefore: number): { earn(): void; ledger: EpochLedger; account: string } {
  const key = quickKey('val')
  const account = toKey(key.publicKey)
  const validator = { account, key: quickKey('vote').publicKey, stake: 1, commission: 1_000_000, name: 'val' }
  const params = { ...testnetParams, bytePrice: 1_000 }
  const genesis = { name: 'credit', time: 0, params, accounts: [[account, 10_000]] as const, validators: [validator] }
  const ledger = new EpochLedger(quickCrypto, newGenesis(genesis))
  const cell = { ...ledger.account(account), credit: creditBefore }
  ledger.state.set(accountCellKey(account), encodeCell(accountCodec, cell))
  const author = new BatchAuthor(quickCrypto, ledger.chain, key)
  const earn = () => {
    author.write([{ kind: 'transfer', to: key.publicKey, amount: 1 }])
    ledger.finalize([author.takePart()!])
  }
  return { earn, ledger, account }
}

test('credit adds up all that was ever earned', () => {
  const { earn, ledger, account } = earning(0)
  earn()
  earn()
  assert.equal([ledger.account(account).balance, ledger.account(account).credit], [10_000, 2_000])
})

test('credit stays at its greatest count, and the ledger goes on', () => {
  const { earn, ledger, account } = earning(creditMax - 1_500)
  earn()
  assert.is(ledger.account(account).credit, creditMax - 500)
  earn()
  earn()
  assert.equal([ledger.account(account).balance, ledger.account(account).credit], [10_000, creditMax])
  assert.is(ledger.results.at(-1)?.payouts[0]?.creditAfter, creditMax)
})
