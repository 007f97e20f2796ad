/** F2, where so many models have money that no further ones are looked up. */
import * as assert from 'uvu/assert'
import { toKey } from '../../../../consensus/bytes.ts'
import { accountCellKey, accountCodec } from '../../../../consensus/ledger/cells/account.ts'
import { treasuryCodec, treasuryKey } from '../../../../consensus/ledger/cells/global.ts'
import { playVector, vectorKey } from '../../../fixtures/ledger-vector.ts'
import { suite } from '../../../harness.ts'

const test = suite('ledger/flow/builders')

const validators = [{ actor: 'val', stake: '1000', commission: 0 }]
const price = { in: '0', out: '0' }
const model = (name: string, ...base: string[]) => {
  const bases = base.map(label => [`@${label}`, 1 / base.length])
  return {
    actor: name,
    do: 'model',
    as: name,
    name,
    price,
    ...(base.length > 0 ? { base: bases, baseShare: 0.5 } : {}),
  }
}
const wait = { do: 'wait' }
const expect = { credit: {}, treasury: '0', waiting: '0' }

/** A model on a model on two models, with a fee of 1 OPEN: 0.2 are the builders', 0.3 of silence the treasury's. */
function play(maxFlowAssets: number) {
  const lines = [
    { actor: 'uma', do: 'fund', amount: '100' },
    model('low'),
    model('other'),
    wait,
    model('middle', 'low', 'other'),
    wait,
    model('top', 'middle'),
    { actor: 'uma', do: 'session', as: 's', payee: '@@eve', deposit: '10' },
    wait,
    { actor: 'eve', do: 'inference', session: '@s', model: '@top', tokensIn: 1, tokensOut: 1, fee: '1' },
  ]
  const { ledger } = playVector({ name: 'crowd', params: { maxFlowAssets }, lines, expect }, validators)
  const creditOf = (actor: string) =>
    ledger.cell(accountCodec, accountCellKey(toKey(vectorKey(actor).publicKey)))?.credit ?? 0
  const credits = ['top', 'middle', 'low', 'other'].map(creditOf)
  return { credits, treasury: ledger.cell(treasuryCodec, treasuryKey) }
}

test('F2: the bases’ part goes on as long as few models have money', () => {
  assert.equal(play(250_000), { credits: [100_000, 50_000, 25_000, 25_000], treasury: 300_000 })
  // The third model is there before the last two are counted, and what was begun is finished.
  assert.equal(play(3), { credits: [100_000, 50_000, 25_000, 25_000], treasury: 300_000 })
})

test('F2: once as many models as may have money have some, further bases’ parts are the treasury’s', () => {
  assert.equal(play(2), { credits: [100_000, 50_000, 0, 0], treasury: 350_000 })
  assert.equal(play(1), { credits: [100_000, 0, 0, 0], treasury: 400_000 })
})
